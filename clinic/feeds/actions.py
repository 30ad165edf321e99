from datetime import date, datetime
from typing import Any

from clinic import trail
from clinic.accounts.models import Staff
from clinic.db import AnyRow, db
from clinic.errors import refuse_if
from clinic.feeds import queries, rules
from clinic.feeds.models import FeedBody, FeedLink
from clinic.participants.models import Participant
from clinic.tokens import fingerprint, new_token
from clinic.trail import Actor


def issue(owner: Participant | Staff, *, by: Actor, now: datetime) -> str:
    """Give somebody one more secret link to their calendar. Its token is shown once, here.

    `owner` comes with the account.
    """
    refuse_if(rules.why_not_issue(is_active=owner.account.is_active))
    token = new_token()
    link = FeedLink(token_hash=fingerprint(token), issued_at=now, **_owned_by(owner))
    db.add(link)
    db.flush()
    trail.record("feed.issued", link, by=by, now=now, **_owned_by(owner))
    return token


def revoke(owner: Participant | Staff, *, by: Actor, now: datetime) -> int:
    """Withdraw every link to somebody's calendar; returns how many there were."""
    links = queries.active_links(owner)
    for link in links:
        link.revoked_at = now
        trail.record("feed.revoked", link, by=by, now=now, **_owned_by(owner))
    return len(links)


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
    owner = {"participant_id": feed.participant_id, "staff_id": feed.staff_id}
    kept = queries.find_body(**owner)
    before = kept.changed_at if kept else None
    if kept is None:
        kept = FeedBody(**owner)
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
