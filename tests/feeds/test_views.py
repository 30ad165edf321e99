import logging
import re
from datetime import datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime

import icalendar
import pytest
from sqlalchemy import delete, select
from sqlalchemy.exc import OperationalError

from clinic import trail
from clinic.db import db as stored
from clinic.feeds import actions, rules
from clinic.feeds.models import FeedBody, FeedLink
from clinic.programs.models import Kind
from clinic.schedule.actions.calendars import raise_versions
from clinic.schedule.models import Booking, Mode, Session, Status
from clinic.setup.actions import change_site
from clinic.trail import SYSTEM, TrailEvent, TrailLook
from tests import make
from tests.dump import number_of
from tests.feeds import reader
from tests.pages import Answer, Pages
from tests.race import race

PATH = "/feeds/a-feed-token.ics"


@pytest.fixture
def now(at):
    return at("2026-03-02 09:00")


@pytest.fixture
def booking(now) -> Booking:
    """Jordan's place in Ana's group today at ten; Jordan has a link, `PATH`."""
    made = make.booking(make.session(room=make.room(name="Garden room"), leaders=[make.staff()]))
    make.feed_link(made.enrollment.participant)
    return made


def fetch(pages: Pages, path: str = PATH, *, method="GET", status=200, **headers) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return pages._ask(method, path, status, {"headers": named})


def events(answer: Answer) -> list[dict[str, str]]:
    return reader.read(answer.data)[1]


def changed(session: Session, **facts) -> None:
    """As the actions of the schedule change a session, a moment after it was made."""
    raise_versions([session.id])
    for name, value in facts.items():
        setattr(session, name, value)
    session.sequence += 1
    stored.flush()


def test_a_participants_calendar_says_appointment_and_when(pages, booking):
    (event,) = events(fetch(pages))

    changed_at = f"{booking.session.changed_at:%Y%m%dT%H%M%SZ}"
    assert event == {
        "UID": booking.session.uid,
        "SEQUENCE": "0",
        "DTSTAMP": changed_at,
        "LAST-MODIFIED": changed_at,
        "DTSTART": "20260302T150000Z",
        "DTEND": "20260302T160000Z",
        "SUMMARY": "Appointment",
        "STATUS": "CONFIRMED",
        "TRANSP": "OPAQUE",
        "CLASS": "PRIVATE",
        "DESCRIPTION": "10:00 – 11:00 am, New York time\nDetails: sign in",
    }


def test_a_leaders_calendar_adds_the_number_and_the_room(pages, booking):
    make.feed_link(booking.session.leaders[0].staff, token="ana")

    (event,) = events(fetch(pages, "/feeds/ana.ics"))

    assert event["UID"] == booking.session.uid
    assert event["SUMMARY"] == f"Appointment {booking.session.id}"
    assert event["LOCATION"] == "Garden room"


def test_where_it_is_stands_in_a_full_calendar_and_never_in_a_discreet_one(pages, booking):
    """Of the participant and of the leader, read by the letter and by a library."""
    site = booking.session.site
    site.address, site.phone = "12 Oak Street, Columbus; rear", "+16145550100"
    site.way_in = "Side door; ring twice.\nSecond floor."
    ana = booking.session.leaders[0].staff
    make.feed_link(booking.enrollment.participant, token="full", is_full=True)
    make.feed_link(ana, token="ana")
    make.feed_link(ana, token="anas-full", is_full=True)

    (full,) = events(fetch(pages, "/feeds/full.ics"))
    assert full["LOCATION"] == "12 Oak Street, Columbus; rear"
    assert full["SUMMARY"] == "Appointment"
    assert full["DESCRIPTION"] == (
        "10:00 – 11:00 am, New York time\nSide door; ring twice.\nSecond floor.\n"
        "Phone: (614) 555-0100\nDetails: sign in"
    )
    (read,) = icalendar.Calendar.from_ical(fetch(pages, "/feeds/full.ics").data).walk("VEVENT")
    assert read["LOCATION"] == "12 Oak Street, Columbus; rear"
    assert str(read["DESCRIPTION"]).splitlines()[1:4] == [
        "Side door; ring twice.",
        "Second floor.",
        "Phone: (614) 555-0100",
    ]
    (leads,) = events(fetch(pages, "/feeds/anas-full.ics"))
    assert leads["LOCATION"] == "Garden room, 12 Oak Street, Columbus; rear"

    for path in (PATH, "/feeds/ana.ics"):  # after the full ones were written, and kept
        for _ in range(2):
            body = fetch(pages, path).text.replace("\r\n ", "")
            assert [w for w in ("Oak", "555", "door", "floor") if w in body] == []
            (event,) = icalendar.Calendar.from_ical(body).walk("VEVENT")
            assert event.get("LOCATION") == (None if path == PATH else "Garden room")


def test_another_address_reaches_the_coming_entries_of_a_calendar(pages, booking, at):
    make.feed_link(booking.enrollment.participant, token="full", is_full=True)
    before = fetch(pages, "/feeds/full.ics")
    later = at("2026-03-02 09:30")
    site = booking.session.site
    facts = {"name": site.name, "timezone": site.timezone, "phone": None, "way_in": None}
    change_site(site, **facts, address="12 Oak Street", by=SYSTEM, now=later)
    after = fetch(pages, "/feeds/full.ics", if_none_match=before.headers["ETag"])
    (event,) = events(after)
    assert (event["SEQUENCE"], event["LOCATION"]) == ("1", "12 Oak Street")
    assert event["LAST-MODIFIED"] == f"{later:%Y%m%dT%H%M%SZ}"


def test_it_links_to_our_sign_in_where_our_address_is_known(pages, booking, app, monkeypatch):
    fetch(pages)
    monkeypatch.setitem(app.config, "CLINIC_BASE_URL", "https://our.example")

    (event,) = events(fetch(pages))

    assert event["URL"] == "https://our.example/sign-in"
    assert event["DESCRIPTION"].endswith("\nDetails: sign in at https://our.example/sign-in")


def test_nothing_else_that_is_known_of_a_session_stands_in_any_calendar(pages, at):
    now = at("2026-03-02 09:00")
    canary = "Kanarienvogel"
    make.organization(name=canary)
    site = make.site(name=canary, key="canary-site")
    ana = make.staff(name=canary, credentials=canary, key="canary-staff")
    program = make.program(site, name=canary, key="canary-program")
    series = make.series(program=program, title=canary, key="canary-series", kind=Kind.EDUCATION)
    session = make.session(
        series=series,
        leaders=[ana],
        room=make.room(site, name="Room 4", key="canary-room"),
        mode=Mode.HYBRID,
        is_cancelled=True,
        cancel_reason=canary,
        changed_at=now,
    )
    jordan = make.participant(name=canary, preferred_name=canary, key="canary-participant")
    make.booking(session, make.enrollment(jordan, program, key="canary-enrollment"), reason=canary)
    make.feed_link(jordan)
    make.feed_link(ana, token="ana")

    answers = [fetch(pages), fetch(pages, "/feeds/ana.ics")]

    for answer in answers:
        assert [event["STATUS"] for event in events(answer)] == ["CANCELLED"]
        everything = f"{answer.headers} {answer.text}".lower()
        for word in [canary, "canary", "education", "hybrid", "clinic", "iop", "therap", "group"]:
            assert word.lower() not in everything


def test_the_library_reads_what_it_wrote(pages, booking):
    calendar = icalendar.Calendar.from_ical(fetch(pages).data)

    (event,) = calendar.walk("VEVENT")
    assert (event.start, event.end) == (booking.session.starts_at, booking.session.ends_at)
    assert (str(calendar["NAME"]), str(calendar["METHOD"])) == ("My schedule", "PUBLISH")


def test_every_occurrence_over_a_change_of_clocks_is_at_its_wall_time(pages, now):
    enrollment = make.enrollment()
    make.feed_link(enrollment.participant)
    for day in ("2026-03-07", "2026-03-08", "2026-03-09"):
        make.booking(make.session(day, "18:00", "21:00"), enrollment)

    found = events(fetch(pages))

    assert [(each["DTSTART"], each["DTEND"]) for each in found] == [
        ("20260307T230000Z", "20260308T020000Z"),
        ("20260308T220000Z", "20260309T010000Z"),
        ("20260309T220000Z", "20260310T010000Z"),
    ]
    assert {each["DESCRIPTION"].split(",")[0] for each in found} == {"6:00 – 9:00 pm"}


def test_the_answer_may_be_kept_by_its_owner_only_and_is_asked_for_again(pages, booking):
    headers = fetch(pages).headers

    assert headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert headers["Content-Disposition"] == 'inline; filename="schedule.ics"'
    assert headers["Cache-Control"] == "private, no-cache"
    assert headers["X-Robots-Tag"] == "noindex"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert re.fullmatch(r'"[0-9a-f]{16}"', headers["ETag"])
    assert headers["Last-Modified"] == "Mon, 02 Mar 2026 14:00:00 GMT"


@pytest.mark.parametrize("token", ["a-feed-token", "unknown"])
def test_no_cookie_is_set_or_matters_and_nothing_is_compressed(pages, booking, token):
    path = f"/feeds/{token}.ics"
    status = 200 if token == "a-feed-token" else 404
    headers = fetch(pages, path, status=status, Accept_Encoding="gzip, br").headers

    assert "Set-Cookie" not in headers
    assert "Content-Encoding" not in headers
    if status == 200:
        assert "Vary" not in headers


def test_being_signed_in_makes_no_difference(signed_in, pages, booking):
    signed = fetch(signed_in("participant"))
    unsigned = fetch(pages)

    assert (signed.data, signed.headers["ETag"]) == (unsigned.data, unsigned.headers["ETag"])
    assert "Vary" not in signed.headers


def test_two_fetches_are_the_same_to_the_byte(pages, booking, at):
    first = fetch(pages)
    at("2026-03-06 23:00")
    second = fetch(pages)

    assert first.data == second.data
    assert [first.headers[name] for name in ("ETag", "Last-Modified")] == [
        second.headers[name] for name in ("ETag", "Last-Modified")
    ]


def test_head_gives_the_headers_alone(pages, booking):
    whole = fetch(pages)
    head = fetch(pages, method="HEAD")

    assert head.data == b""
    assert dict(head.headers) == dict(whole.headers)
    assert head.headers["Content-Length"] == str(len(whole.data))


def test_nothing_but_looking_is_allowed(pages, booking):
    for method in ("POST", "PUT", "DELETE", "PROPFIND"):
        fetch(pages, method=method, status=405)


@pytest.mark.parametrize(
    "tags", ["{tag}", "W/{tag}", '"other", {tag}', '{tag} , "other"', "*", '"a","b",W/{tag}']
)
def test_a_known_tag_is_answered_without_a_body(pages, booking, tags):
    whole = fetch(pages)
    tag = whole.headers["ETag"]

    answer = fetch(pages, status=304, If_None_Match=tags.format(tag=tag))

    assert answer.data == b""
    assert answer.headers["ETag"] == tag
    assert answer.headers["Cache-Control"] == "private, no-cache"
    head = fetch(pages, method="HEAD", status=304, If_None_Match=tag)
    assert head.headers["ETag"] == tag


def test_an_unknown_tag_gets_the_whole_whatever_the_date_says(pages, booking):
    first = fetch(pages)

    answer = fetch(pages, If_None_Match='"other"', If_Modified_Since=first.headers["Last-Modified"])

    assert answer.data == first.data


def test_without_a_tag_the_date_decides(pages, booking):
    first = fetch(pages)
    date = first.headers["Last-Modified"]
    earlier = format_datetime(parsedate_to_datetime(date) - timedelta(seconds=1), usegmt=True)
    later = format_datetime(parsedate_to_datetime(date) + timedelta(days=1), usegmt=True)

    assert fetch(pages, status=304, If_Modified_Since=date).data == b""
    assert fetch(pages, status=304, If_Modified_Since=later).data == b""
    assert fetch(pages, If_Modified_Since=earlier).data == first.data
    assert fetch(pages, If_Modified_Since="Thu, 01 Jan 1970 00:00:00 GMT").data == first.data
    assert fetch(pages, If_Modified_Since="yesterday").data == first.data


def test_what_is_not_modified_takes_one_statement_and_what_is_kept_two(pages, booking, queries):
    tag = fetch(pages).headers["ETag"]

    with queries() as count:
        fetch(pages, status=304, If_None_Match=tag)
    assert count() == 1
    with queries() as count:
        fetch(pages)
    assert count() == 2


def test_writing_takes_as_many_statements_for_many_events_as_for_one(pages, booking, queries):
    enrollment = booking.enrollment
    counts = []
    for day in ("2026-03-03", "2026-03-04", "2026-03-05"):
        fetch(pages)
        session = make.session(day)
        make.booking(session, enrollment)
        raise_versions([session.id])
        make.saved()
        with queries() as count:
            fetch(pages)
        counts.append(count())

    assert counts == [5, 5, 5]


def test_a_moved_session_keeps_its_name_and_tells_its_new_time(pages, booking, at):
    before = fetch(pages)
    now = at("2026-03-02 09:30")
    changed(
        booking.session,
        starts_at=make.instant("2026-03-02 14:00"),
        ends_at=make.instant("2026-03-02 15:30"),
        changed_at=now,
    )

    after = fetch(pages, If_None_Match=before.headers["ETag"])

    (old,), (new,) = events(before), events(after)
    assert new == old | {
        "SEQUENCE": "1",
        "DTSTAMP": "20260302T143000Z",
        "LAST-MODIFIED": "20260302T143000Z",
        "DTSTART": "20260302T190000Z",
        "DTEND": "20260302T203000Z",
        "DESCRIPTION": "2:00 – 3:30 pm, New York time\nDetails: sign in",
    }
    assert after.headers["Last-Modified"] == "Mon, 02 Mar 2026 14:30:00 GMT"


def test_a_change_within_the_second_of_the_last_is_told_by_tag_and_by_date(pages, booking):
    before = fetch(pages).headers
    changed(booking.session, ends_at=booking.session.ends_at + timedelta(minutes=30))

    assert events(fetch(pages, If_Modified_Since=before["Last-Modified"]))[0]["DTEND"] == (
        "20260302T163000Z"
    )
    after = fetch(pages, If_None_Match=before["ETag"]).headers
    assert parsedate_to_datetime(after["Last-Modified"]) == (
        parsedate_to_datetime(before["Last-Modified"]) + timedelta(seconds=1)
    )


def test_a_new_version_without_a_visible_change_is_still_not_modified(pages, booking, at):
    before = fetch(pages).headers
    at("2026-03-02 09:30")
    raise_versions([booking.session_id])

    after = fetch(pages, status=304, If_None_Match=before["ETag"])
    assert after.data == b""
    assert fetch(pages, status=304, If_Modified_Since=before["Last-Modified"]).data == b""
    assert fetch(pages).headers["Last-Modified"] == before["Last-Modified"]


@pytest.mark.parametrize("gone", ["the session", "the place", "the absence"])
def test_what_is_gone_leaves_the_calendar(pages, booking, gone):
    before = fetch(pages)
    raise_versions([booking.session_id])
    if gone == "the absence":
        booking.status, booking.seat_no, booking.method = Status.EXCUSED, None, "staff"
        stored.flush()
    else:
        session_id = booking.session_id
        stored.execute(delete(Booking))
        if gone == "the session":
            stored.execute(delete(Session).where(Session.id == session_id))
        stored.expunge(booking)

    after = fetch(pages, If_None_Match=before.headers["ETag"])
    again = fetch(pages, If_Modified_Since=before.headers["Last-Modified"])

    assert (len(events(before)), events(after), events(again)) == (1, [], [])


def test_a_cancelled_session_says_so_until_its_day_is_over_without_any_new_version(
    pages, booking, at
):
    fetch(pages)
    now = at("2026-03-02 09:30")
    changed(booking.session, is_cancelled=True, changed_at=now)

    cancelled = fetch(pages)

    (event,) = events(cancelled)
    assert event["STATUS"] == "CANCELLED"
    assert event["SUMMARY"] == "Cancelled: Appointment"
    assert event["TRANSP"] == "TRANSPARENT"
    assert event["SEQUENCE"] == "1"
    at("2026-03-02 23:59")
    fetch(pages, status=304, If_None_Match=cancelled.headers["ETag"])
    at("2026-03-03 00:00")
    assert events(fetch(pages, If_None_Match=cancelled.headers["ETag"])) == []
    assert events(fetch(pages, If_Modified_Since=cancelled.headers["Last-Modified"])) == []


def test_a_session_cancelled_long_before_leaves_after_fourteen_days(pages, at):
    now = at("2026-03-02 09:00")
    booking = make.booking(make.session("2026-05-04", is_cancelled=True, changed_at=now))
    make.feed_link(booking.enrollment.participant)

    tag = fetch(pages).headers["ETag"]
    at("2026-03-16 09:59")  # the clocks have gone forward meanwhile
    assert len(events(fetch(pages, If_None_Match="x"))) == 1
    fetch(pages, status=304, If_None_Match=tag)
    at("2026-03-16 10:00")
    assert events(fetch(pages, If_None_Match=tag)) == []


def test_what_leaves_the_window_leaves_the_calendar_without_any_new_version(pages, booking, at):
    at("2026-04-07 19:59")  # the thirtieth day back lies in the week of the session
    tag = fetch(pages).headers["ETag"]
    fetch(pages, status=304, If_None_Match=tag)
    at("2026-04-07 20:00")  # Wednesday in UTC, the thirtieth day back a Monday
    gone = fetch(pages, If_None_Match=tag)

    assert events(gone) == []
    at("2026-04-07 19:59")  # somebody has set the clock back
    assert len(events(fetch(pages, If_None_Match=gone.headers["ETag"]))) == 1


def test_a_room_renamed_and_a_zone_corrected_show_without_any_new_version(pages, booking):
    make.feed_link(booking.session.leaders[0].staff, token="ana")
    before = fetch(pages, "/feeds/ana.ics").headers
    booking.session.room.name = "Orchard room"
    stored.flush()

    (renamed,) = events(fetch(pages, "/feeds/ana.ics", If_None_Match=before["ETag"]))
    booking.session.site.timezone = "America/Chicago"
    stored.flush()
    (corrected,) = events(fetch(pages))

    assert renamed["LOCATION"] == "Orchard room"
    assert corrected["DESCRIPTION"].startswith("9:00 – 10:00 am, Chicago time")


@pytest.mark.parametrize("what", ["FORMAT", "the library", "the zones"])
def test_what_another_version_of_the_program_wrote_is_written_anew(
    pages, booking, monkeypatch, queries, what
):
    fetch(pages)
    monkeypatch.setattr(rules, "MADE_BY", f"2 {what}")

    with queries() as count:
        fetch(pages)
    assert count() == 5
    with queries() as count:
        fetch(pages)
    assert count() == 2


def test_a_withdrawn_link_gives_an_empty_calendar_for_ninety_days_and_then_nothing(
    pages, booking, at
):
    before = fetch(pages).headers
    now = at("2026-03-02 09:30")
    actions.revoke(booking.enrollment.participant, by=trail.SYSTEM, now=now)

    empty = fetch(pages, If_None_Match=before["ETag"])

    assert events(empty) == []
    assert events(fetch(pages, If_Modified_Since=before["Last-Modified"])) == []
    assert fetch(pages, method="HEAD").data == b""
    fetch(pages, status=304, If_None_Match=empty.headers["ETag"])
    assert empty.headers["Cache-Control"] == "private, no-cache"
    at("2026-05-31 10:29")  # the clocks have gone forward: ninety days less a minute
    assert events(fetch(pages)) == []
    at("2026-05-31 10:30")
    fetch(pages, status=404, If_None_Match=empty.headers["ETag"])


def test_withdrawing_within_the_second_of_a_fetch_is_told_by_date_too(pages, booking, now):
    before = fetch(pages).headers
    actions.revoke(booking.enrollment.participant, by=trail.SYSTEM, now=now)

    assert events(fetch(pages, If_Modified_Since=before["Last-Modified"])) == []


@pytest.mark.parametrize("whose", ["participant", "staff"])
def test_a_closed_account_gives_an_empty_calendar(pages, booking, whose):
    ana = booking.session.leaders[0].staff
    make.feed_link(ana, token="ana")
    jordan = booking.enrollment.participant
    path, owner = ("/feeds/ana.ics", ana) if whose == "staff" else (PATH, jordan)
    before = fetch(pages, path).headers
    owner.account.is_active = False
    stored.flush()

    assert events(fetch(pages, path, If_None_Match=before["ETag"])) == []
    assert events(fetch(pages, path, If_Modified_Since=before["Last-Modified"])) == []


def test_another_link_of_the_same_person_goes_on(pages, booking, now):
    jordan = booking.enrollment.participant
    make.feed_link(jordan, token="withdrawn", revoked_at=now)

    assert events(fetch(pages, "/feeds/withdrawn.ics")) == []
    assert len(events(fetch(pages))) == 1
    assert number_of(FeedBody) == 1


@pytest.mark.parametrize(
    "path",
    ["/feeds/unknown.ics", "/feeds/A-FEED-TOKEN.ics", "/feeds/.ics", "/feeds/%00.ics", "/feeds/"],
)
def test_an_unknown_link_is_answered_like_every_unknown_path(pages, booking, path):
    unknown = fetch(pages, path, status=404)

    assert unknown.text == fetch(pages, "/nowhere", status=404).text
    assert "Set-Cookie" not in unknown.headers


def test_looking_changes_nothing_and_leaves_no_line_in_the_trail(pages, booking):
    for _ in range(2):
        fetch(pages)

    assert (number_of(TrailEvent), number_of(TrailLook)) == (0, 0)
    assert number_of(FeedBody) == 1


def seen_at() -> list[datetime | None]:
    return list(stored.scalars(select(FeedLink.seen_at).order_by(FeedLink.id)))


def test_a_fetch_is_noted_at_its_link_once_an_hour_however_it_was_answered(pages, booking, at, now):
    make.feed_link(booking.enrollment.participant, token="another")
    tag = fetch(pages).headers["ETag"]
    assert seen_at() == [now, None]
    at("2026-03-02 09:59")
    fetch(pages)
    assert seen_at() == [now, None]
    later = at("2026-03-02 10:00")
    fetch(pages, status=304, If_None_Match=tag)
    assert seen_at() == [later, None]


def test_a_fetch_of_a_link_that_has_ended_is_not_noted(pages, booking, now):
    stored.scalars(select(FeedLink)).one().revoked_at = now
    fetch(pages)
    assert seen_at() == [None]


def test_a_fetch_that_cannot_be_noted_is_answered_all_the_same(pages, booking, monkeypatch, caplog):
    def fails(*_, **__):
        raise OperationalError("update", {}, Exception("the disk is full"))

    monkeypatch.setattr(actions, "note_fetch", fails)
    assert len(events(fetch(pages))) == 1
    assert "fetch of a calendar not noted" in caplog.text
    assert "a-feed-token" not in caplog.text


def test_the_token_stands_in_no_answer_and_no_log(pages, booking, app, caplog, monkeypatch):
    caplog.set_level(logging.DEBUG)
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)
    answers = [fetch(pages), fetch(pages, "/feeds/a-wrong-token.ics", status=404)]
    booking.session.site.timezone = "Nowhere/Atall"  # as after a bug elsewhere
    raise_versions([booking.session_id])
    answers.append(fetch(pages, status=500))

    told = caplog.text + "".join(f"{answer.headers} {answer.text}" for answer in answers)
    assert "Nowhere/Atall" in told
    assert "a-feed-token" not in told
    assert "a-wrong-token" not in told


def test_many_first_fetches_at_once_get_the_same_answer(app, booking):
    def ask() -> tuple[int, bytes, str, str]:
        answer = app.test_client().get(PATH)
        headers = answer.headers
        return answer.status_code, answer.data, headers["ETag"], headers["Last-Modified"]

    answers = race(app, *[ask] * 6)

    assert answers == [answers[0]] * 6
    assert answers[0][0] == 200
    assert number_of(FeedBody) == 1
