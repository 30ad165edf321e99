from datetime import date, datetime
from typing import Any

from sqlalchemy import update

from clinic import trail
from clinic.accounts.models import Staff
from clinic.db import AnyRow, db
from clinic.errors import refuse_any
from clinic.feeds import queries, rules
from clinic.feeds.models import FeedBody, FeedLink
from clinic.participants.models import Participant
from clinic.tokens import fingerprint, new_token
from clinic.trail import Actor


def issue(
    owner: Participant | Staff,
    *,
    name: str | None = None,
    is_full: bool = False,
    by: Actor,
    now: datetime,
) -> str:
    """Give somebody one more secret link to their calendar. Its token is shown once, here.

    A full one says where, too; others are discreet.

    `owner` comes with the account; without a name the link gets the next free one. One of the
    same name that was never fetched ends: its token was lost, or a button was pressed twice.
    """
    links = queries.active_links(owner)
    lost = [link for link in links if link.name == name and link.seen_at is None]
    others = {link.name for link in links if link not in lost}
    is_active, number = owner.account.is_active, len(links) - len(lost)
    refuse_any(
        (rules.why_not_issue(is_active=is_active, number=number), None),
        (rules.why_not_name(name, taken=others), "name"),
    )
    for link in lost:
        end(link, by=by, now=now)
    token = new_token()
    link = FeedLink(
        token_hash=fingerprint(token),
        name=name or rules.free_name(others),
        is_full=is_full,
        issued_at=now,
        **_owned_by(owner),
    )
    db.add(link)
    db.flush()
    facts = _owned_by(owner) | ({"is_full": True} if is_full else {})
    trail.record("feed.issued", link, by=by, now=now, **facts)
    return token


def revoke(owner: Participant | Staff, *, by: Actor, now: datetime) -> int:
    """Withdraw every link to somebody's calendar; returns how many there were."""
    links = queries.active_links(owner)
    for link in links:
        end(link, by=by, now=now)
    return len(links)


def revoke_of(account_id: int, *, by: Actor, now: datetime) -> int:
    """The same for whoever has this account."""
    owner = queries.owner_of(account_id)
    return revoke(owner, by=by, now=now) if owner else 0


def end(link: FeedLink, *, by: Actor, now: datetime) -> None:
    """Withdraw one link, once; what it was added to becomes empty at its next fetch."""
    if link.revoked_at is None:
        link.revoked_at = now
        owner = "staff_id" if link.participant_id is None else "participant_id"
        trail.record("feed.revoked", link, by=by, now=now, **{owner: getattr(link, owner)})


def rename(
    owner: Participant | Staff, link: FeedLink, *, name: str | None, by: Actor, now: datetime
) -> None:
    """Give a link another name; the trail says that, and not which."""
    others = {each.name for each in queries.active_links(owner) if each is not link}
    refuse_any((rules.why_not_name(name, taken=others), "name"))
    if name and name != link.name:
        link.name = name
        trail.record("feed.renamed", link, by=by, now=now, **_owned_by(owner))


def note_fetch(link_id: int, *, now: datetime) -> None:
    """Write down when a link was last fetched, for its owner to see; no matter for the trail."""
    db.execute(update(FeedLink).where(FeedLink.id == link_id).values(seen_at=now))


def keep(
    feed: AnyRow,
    body: bytes,
    *,
    week: date,
    build: str,
    expires_at: datetime | None,
    now: datetime,
) -> FeedBody:
    """Keep what was just written for the owner of a feed, until something in it changes.

    Nothing happens in the clinic by it, so the trail does not tell of it.
    """
    whose = {
        "participant_id": feed.participant_id,
        "staff_id": feed.staff_id,
        "is_full": feed.is_full,
    }
    kept = queries.find_body(**whose)
    before = kept.changed_at if kept else None
    if kept is None:
        kept = FeedBody(**whose)
        db.add(kept)
    etag = rules.etag_of(body)
    if kept.etag != etag:
        kept.body, kept.etag = body, etag
        kept.changed_at = rules.changed_at(now, before=before)
    kept.version, kept.window, kept.build = feed.calendar_version, week, build
    kept.expires_at = expires_at
    return kept


def _owned_by(owner: Participant | Staff) -> dict[str, Any]:
    return {"staff_id" if isinstance(owner, Staff) else "participant_id": owner.id}
