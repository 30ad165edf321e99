import json
from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from clinic import trail
from clinic.db import db, transaction
from clinic.errors import Refused
from clinic.feeds import actions, queries
from clinic.feeds.models import FeedBody, FeedLink
from clinic.tokens import fingerprint
from clinic.trail import Actor, TrailEvent
from tests import make
from tests.dump import number_of
from tests.race import race

BY = Actor("account", 1)
NOW = make.instant("2026-03-02 10:00")


def told() -> list[tuple]:
    """What the trail says: verb, subject and facts."""
    events = db.scalars(select(TrailEvent).order_by(TrailEvent.id))
    return [(event.verb, event.subject_id, json.loads(event.facts)) for event in events]


def test_only_the_fingerprint_of_a_token_is_stored(app):
    jordan = make.participant()

    token = actions.issue(jordan, by=BY, now=NOW)

    link = db.scalars(select(FeedLink)).one()
    assert len(token) == 43
    assert (link.token_hash, link.participant_id, link.staff_id, link.issued_at) == (
        fingerprint(token),
        jordan.id,
        None,
        NOW,
    )
    assert link.revoked_at is None


def test_the_trail_tells_of_a_link_and_of_whose_but_never_the_token(app):
    jordan, ana = make.participant(), make.staff()

    actions.issue(jordan, by=BY, now=NOW)
    actions.issue(ana, is_full=True, by=trail.SYSTEM, now=NOW)

    jordans, anas = db.scalars(select(FeedLink.id).order_by(FeedLink.id))
    assert told() == [
        ("feed.issued", jordans, {"participant_id": jordan.id}),
        ("feed.issued", anas, {"staff_id": ana.id, "is_full": True}),
    ]


def test_a_person_may_have_several_links(app):
    ana = make.staff()

    tokens = {actions.issue(ana, by=BY, now=NOW) for _ in range(3)}

    links = db.scalars(select(FeedLink).order_by(FeedLink.id)).all()
    assert [link.name for link in links] == ["Calendar", "Calendar 2", "Calendar 3"]
    assert {link.token_hash for link in links} == set(map(fingerprint, tokens))
    assert [link.staff_id for link in links] == [ana.id] * 3


@pytest.mark.parametrize("make_owner", [make.participant, make.staff])
def test_a_link_has_the_name_of_its_device_and_is_ended_alone_once(app, make_owner):
    owner = make_owner()
    actions.issue(owner, name="iPhone", by=BY, now=NOW)
    actions.issue(owner, name="Laptop", by=BY, now=NOW)
    iphone, laptop = db.scalars(select(FeedLink).order_by(FeedLink.id))
    later = NOW + timedelta(days=1)

    actions.end(iphone, by=BY, now=later)
    actions.end(iphone, by=BY, now=later + timedelta(days=1))

    assert [(link.name, link.revoked_at) for link in (iphone, laptop)] == [
        ("iPhone", later),
        ("Laptop", None),
    ]
    column = "staff_id" if make_owner is make.staff else "participant_id"
    assert told()[2:] == [("feed.revoked", iphone.id, {column: owner.id})]


def test_a_link_of_the_same_name_that_was_never_fetched_gives_way(app):
    jordan = make.participant()
    actions.issue(jordan, name="iPhone", by=BY, now=NOW)
    actions.issue(jordan, name="iPhone", by=BY, now=NOW)

    lost, kept = db.scalars(select(FeedLink).order_by(FeedLink.id))
    assert (lost.revoked_at, kept.revoked_at) == (NOW, None)
    assert [verb for verb, *_ in told()] == ["feed.issued", "feed.revoked", "feed.issued"]


def test_a_link_of_the_same_name_that_is_in_use_stays_and_there_is_no_second(app):
    jordan = make.participant()
    actions.issue(jordan, name="iPhone", by=BY, now=NOW)
    link = db.scalars(select(FeedLink)).one()
    actions.note_fetch(link.id, now=NOW)
    db.refresh(link)

    with pytest.raises(Refused) as refused:
        actions.issue(jordan, name="iPhone", by=BY, now=NOW)

    assert (refused.value.field, number_of(FeedLink)) == ("name", 1)
    actions.issue(jordan, by=BY, now=NOW)  # of no name of its own: another one
    assert number_of(FeedLink) == 2


@pytest.mark.parametrize("make_owner", [make.participant, make.staff])
def test_two_presses_at_once_leave_one_link(app, make_owner):
    owner = make_owner()
    owner_id, kind = owner.id, type(owner)

    def press() -> str:
        with transaction():
            again = db.scalars(
                select(kind).where(kind.id == owner_id).options(joinedload(kind.account))
            ).one()
            return actions.issue(again, name="iPhone", by=BY, now=NOW)

    answers = race(app, *[press] * 4)

    assert len(set(answers)) == 4
    active = select(FeedLink.token_hash).where(FeedLink.revoked_at.is_(None))
    assert len(db.scalars(active).all()) == 1


@pytest.mark.parametrize("make_owner", [make.participant, make.staff])
def test_a_closed_account_gets_no_link_and_nothing_is_left_behind(app, make_owner):
    owner = make_owner(is_active=False)

    with pytest.raises(Refused) as refused:
        actions.issue(owner, by=BY, now=NOW)

    assert refused.value.sentence == "This account is closed: its calendars stay empty."
    assert (number_of(FeedLink), told()) == (0, [])


def test_revoking_withdraws_all_links_of_one_person_once(app):
    jordan, ana = make.participant(), make.staff()
    first, second = make.feed_link(jordan, token="1"), make.feed_link(jordan, token="2")
    before = NOW - timedelta(days=3)
    old = make.feed_link(jordan, token="3", revoked_at=before)
    anas = make.feed_link(ana, token="4")

    assert actions.revoke(jordan, by=BY, now=NOW) == 2
    assert actions.revoke(jordan, by=BY, now=NOW + timedelta(days=1)) == 0

    assert [link.revoked_at for link in (first, second, old, anas)] == [NOW, NOW, before, None]
    assert told() == [
        ("feed.revoked", first.id, {"participant_id": jordan.id}),
        ("feed.revoked", second.id, {"participant_id": jordan.id}),
    ]


def keep(body: bytes, *, now, version: int = 0) -> FeedBody:
    """As after writing the calendar of the one link there is."""
    token_hash = db.scalar(select(FeedLink.token_hash))
    feed = queries.get_feed(token_hash, now=now)
    kept = actions.keep(feed, body, week=date(2026, 1, 26), build="1", expires_at=None, now=now)
    db.flush()
    return kept


@pytest.mark.parametrize("make_owner", [make.participant, make.staff])
def test_what_was_written_is_kept_once_for_each_person(app, make_owner):
    owner = make_owner(calendar_version=4)
    make.feed_link(owner)

    keep(b"old", now=NOW)
    kept = keep(b"new", now=NOW + timedelta(hours=1))

    assert number_of(FeedBody) == 1
    assert (kept.body, kept.version, kept.window, kept.build) == (b"new", 4, date(2026, 1, 26), "1")
    assert kept.changed_at == NOW + timedelta(hours=1)
    assert told() == []


def test_the_same_bytes_keep_their_tag_and_date(app):
    make.feed_link(make.participant())
    first = keep(b"same", now=NOW)
    tag, date_ = first.etag, first.changed_at

    again = keep(b"same", now=NOW + timedelta(hours=1))

    assert (again.etag, again.changed_at) == (tag, date_)


def test_two_changes_within_a_second_have_two_tags_and_two_dates(app):
    make.feed_link(make.participant())
    first = keep(b"one", now=NOW)
    tag, date_ = first.etag, first.changed_at

    second = keep(b"two", now=NOW + timedelta(milliseconds=20))

    assert second.etag != tag
    assert (date_, second.changed_at) == (NOW, NOW + timedelta(seconds=1))


@pytest.mark.parametrize("make_owner", [make.participant, make.staff])
def test_many_first_fetches_at_once_keep_one_body(app, make_owner):
    make.feed_link(make_owner(), token="t")

    def fetch() -> str:
        with transaction(write=False):
            feed = queries.get_feed(fingerprint("t"), now=NOW)
        with transaction():
            return actions.keep(
                feed, b"body", week=date(2026, 1, 26), build="1", expires_at=None, now=NOW
            ).etag

    answers = race(app, *[fetch] * 6)

    assert answers == [answers[0]] * 6
    assert number_of(FeedBody) == 1


def test_the_links_of_an_account_end_and_nobody_elses(app):
    ana, jordan = make.staff(), make.participant()
    for owner in (ana, jordan):
        make.feed_link(owner, token=f"of-{owner.account_id}")
    admin = make.account(roles=["admin"])
    asked = [ana.account_id, jordan.account_id, admin.id]
    assert [queries.number_of_links(account_id) for account_id in asked] == [1, 1, 0]
    assert [actions.revoke_of(each, by=BY, now=NOW) for each in (jordan.account_id, admin.id)] == [
        1,
        0,
    ]
    assert [queries.number_of_links(account_id) for account_id in asked] == [1, 0, 0]
