from datetime import date
from typing import Any

import pytest

from clinic import trail
from clinic.arrivals.actions import arrive
from clinic.codes.models import PhoneEvent, Refusal
from clinic.db import db as stored
from clinic.offers.models import CameOfIt
from clinic.programs.models import Kind, Measure, Rule
from clinic.schedule.models import Booking, Identity, Method, Mode, Session, Status
from clinic.trail import Actor, TrailEvent, TrailLook
from tests import make
from tests.dump import number_of
from tests.pages import Pages

STATES = ("present", "excused", "late-cancel", "no-show")


@pytest.fixture
def now(at):
    """Ten past ten on the day of every session here that does not say otherwise."""
    return at("2026-03-02 10:10")


def person(session: Session, name: str = "Jordan Avery", **facts: Any) -> Booking:
    preferred_name = "Jo" if name == "Jordan Avery" else None
    someone = make.participant(name=name, preferred_name=preferred_name)
    return make.booking(session, make.enrollment(someone, session.program), **facts)


def path(session: Session, verb: str = "") -> str:
    return f"/sessions/{session.id}{verb}"


def press(browser: Pages, booking: Booking, state: str, status: int = 302, **typed: Any) -> Any:
    """Press a button in a row, as its form sends it."""
    data = sent(booking, state, **typed)
    answer = browser.post(f"/sessions/{booking.session_id}/marks", data, status=status)
    stored.refresh(booking, ["status", "arrived_at", "left_at", "method", "reason", "version"])
    return answer


def sent(booking: Booking, state: str, version: int | None = None, **typed: str) -> dict[str, str]:
    mark = f"{booking.id}.{version or booking.version}.{state}"
    return {"mark": mark} | {f"{booking.id}-{name}": text for name, text in typed.items()}


def row(browser: Pages, booking: Booking) -> Any:
    assert browser.answer is not None
    (found,) = browser.answer.page.all("li", id=f"row-{booking.id}")
    return found


def fields(browser: Pages, booking: Booking) -> dict[str, str]:
    """What stands in the fields of a row, by their names without the booking's id."""
    found = row(browser, booking).all("input")
    return {field.get("name").partition("-")[2]: field.get("value") for field in found}


def buttons(browser: Pages, booking: Booking) -> list[str]:
    """What the buttons of a row mark, those under Late… left out."""
    group = row(browser, booking).all("div", role="group")
    return [
        button.get("value").split(".")[-1]
        for button in (group[0].all("button") if group else [])
        if not button.is_inside("details")
    ]


# Looking


def test_a_sheet_shows_its_session_and_everybody_on_it(now, signed_in):
    desk = signed_in("front_desk")
    ana, ben = make.staff(name="Ana Rivera"), make.staff(name="Ben Cole")
    session = make.session(leaders=[ana, ben], room=make.room(name="Room 1"))
    jo, max_ = (
        person(session),
        person(session, "Max Brandt", status=Status.PRESENT, arrived="10:05"),
    )
    answer = desk.get(path(session))
    assert answer.page.heading == "Group session"
    assert answer.page.texts("p", class_="sub") == [
        "10:00 – 11:00 am New York time · Room 1 · Ana Rivera, Ben Cole · Group · 12 seats"
    ]
    assert [who.text for who in answer.page.all("p") if who.get("id").startswith("who-")] == [
        "Jo A.",
        "Max B.",
    ]
    assert answer.page.texts(id="counts") == ["1 of 2 here 1 unmarked"]
    assert [field.get("value") for field in row(desk, max_).all("input", type="time")] == [
        "10:05",
        "",
    ]
    assert buttons(desk, jo) == ["present", "late", "excused", "late-cancel", "no-show"]


def test_topics_are_for_those_who_may_see_them(now, signed_in):
    session = make.session(title="Relapse prevention", kind=Kind.EDUCATION)
    assert signed_in("coordinator").get(path(session)).page.heading == "Relapse prevention"
    answer = signed_in("front_desk").get(path(session))
    assert answer.page.heading == "Education session"
    assert "Relapse" not in answer.text


def test_names_lead_to_people_for_those_who_may_see_them(now, signed_in):
    session = make.session()
    who = person(session).enrollment.participant_id
    assert signed_in("coordinator").get(path(session)).page.links["Jo A."] == f"/participants/{who}"
    assert "Jo A." not in signed_in("front_desk").get(path(session)).page.links


def test_two_with_the_same_short_name_are_told_apart(now, signed_in):
    session = make.session()
    for name, born in (("Maria Garcia", None), ("Maria Gomez", 1968), ("Maria Gomez", 1990)):
        someone = make.participant(name=name, birth_on=born and date(born, 5, 1), key=f"p-{born}")
        make.booking(session, make.enrollment(someone, session.program))
    for role, names in (
        ("coordinator", {"Maria Ga.", "Maria Gomez, 1968", "Maria Gomez, 1990"}),
        ("front_desk", {"Maria Ga.", "Maria Gomez, p-1968", "Maria Gomez, p-1990"}),
    ):
        page = signed_in(role).get(path(session)).page
        assert {who.text for who in page.all("p") if who.get("id").startswith("who-")} == names


def test_looking_at_a_sheet_is_in_the_trail(now, signed_in):
    desk = signed_in("front_desk")
    session = make.session()
    people = [
        person(session).enrollment.participant_id,
        person(session, "Max B").enrollment.participant_id,
    ]
    desk.get(path(session))
    (look,) = stored.query(TrailLook).all()
    assert (look.page, look.participant_ids, look.actor_id) == (
        "attendance.sheet",
        people,
        desk.account.id,
    )


def test_a_sheet_costs_as_many_statements_for_one_as_for_three(now, signed_in, queries):
    desk = signed_in("coordinator")
    counts = []
    for number in (1, 3):
        session = make.session(leaders=[make.staff()])
        for _ in range(number):
            person(session)
        make.saved()
        with queries() as count:
            desk.get(path(session))
        counts.append(count())
    assert counts[0] == counts[1] <= 12


def test_who_may_only_look_finds_no_buttons(now, signed_in):
    session = make.session()
    person(session, status=Status.PRESENT, arrived="10:09", method=Method.KIOSK)
    page = signed_in("auditor").get(path(session)).page
    assert page.all("button", name="mark") == []
    words = page.words.replace("\u00a0", " ")
    assert "arrived 10:09 am At the kiosk, Mar 2, 2026, 11:00 am" in words


def test_before_the_doors_open_a_sheet_says_when(at, signed_in):
    at("2026-03-02 09:00")
    session = make.session()
    person(session)
    assert signed_in("front_desk").get(path(session)).page.texts("p", class_="notice") == [
        "Check-in opens at 9:45 am. Until then only absences can be marked."
    ]


def test_before_the_start_a_sheet_says_what_an_announced_absence_counts_as(at, signed_in):
    make.organization(notice_hours=48)
    session = make.session()
    person(session)
    at("2026-03-02 09:50")
    words = "With less than 48 hours of notice, an absence reported now is a late cancel."
    assert signed_in("front_desk").get(path(session)).page.texts(class_="sheet-hint") == [words]
    assert signed_in("auditor").get(path(session)).page.texts(class_="sheet-hint") == []
    at("2026-03-02 10:00")
    assert signed_in("front_desk").get(path(session)).page.texts(class_="sheet-hint") == []


def test_until_a_session_begins_whoever_came_is_checked_in(at, signed_in):
    desk = signed_in("front_desk")
    now = at("2026-03-02 09:51")
    session = make.session()
    afterwards = make.session("2026-03-02", "11:15", "12:00", program=session.program)
    booking = person(session)
    carried = make.booking(afterwards, booking.enrollment)
    arrive(
        booking.enrollment.participant_id,
        session.site,
        at=now,
        method=Method.KIOSK,
        by=Actor("kiosk", 1),
        now=now,
    )
    for place, its in ((session, booking), (afterwards, carried)):
        answer = desk.get(path(place))
        assert "Checked in 9:51 am" in row(desk, its).text
        assert "Present" not in row(desk, its).text
        assert "is-checked-in" in row(desk, its).get("class")
        assert answer.page.texts(id="counts") == ["1 of 1 checked in"]
    for time, text in (
        ("10:00", "Present kiosk"),
        ("11:15", "Present carried over, not confirmed"),
    ):
        at(f"2026-03-02 {time}")
        its = booking if time == "10:00" else carried
        desk.get(path(its.session))
        assert row(desk, its).text.startswith(f"Jo A. {text}")
    stored.refresh(carried, ["version"])
    press(desk, carried, "present", arrived="11:15")
    assert (carried.method, carried.arrived_at) == (Method.STAFF, afterwards.starts_at)


def test_before_the_start_the_desk_checks_in(at, signed_in):
    at("2026-03-02 09:51")
    desk = signed_in("front_desk")
    booking = person(make.session())
    press(desk, booking, "present")
    answer = desk.follow()
    assert answer.page.texts("div", id="undo") == ["Jo A. is checked in."]
    assert "Checked in 9:51 am Undo" in row(desk, booking).text


def test_a_cancelled_session_says_so_and_cannot_be_marked(now, signed_in):
    session = make.session(is_cancelled=True, cancel_reason="Memorial Day")
    booking = person(session)
    desk = signed_in("front_desk")
    answer = desk.get(path(session))
    assert answer.page.texts("p", class_="notice") == ["This session is cancelled: Memorial Day."]
    assert answer.page.all("button", name="mark") == []
    assert answer.page.texts("p", id="counts") == ["1 was booked"]
    assert "Expected" not in answer.page.words
    press(desk, booking, "present", status=422)
    assert booking.status is Status.EXPECTED


def test_an_occurrence_moved_by_the_clocks_says_so(at, signed_in):
    at("2026-03-08 03:30")
    series = make.series(weekdays="6", start="02:30", end="03:30")
    session = make.session("2026-03-08", "03:30", "04:30", series=series)
    answer = signed_in("front_desk").get(path(session))
    assert answer.page.texts("p", class_="notice") == [
        "Clocks change: moved from 2:30 am to 3:30 am"
    ]


def test_a_signed_row_leads_to_its_amendment_alone(now, signed_in):
    session = make.session()
    booking = person(session, status=Status.PRESENT, method=Method.IMPORT, signed_at=now)
    desk = signed_in("front_desk")
    desk.get(path(session))
    assert row(desk, booking).all("button") == []
    (link,) = row(desk, booking).all("a")
    assert (link.get("href"), link.text) == (f"/bookings/{booking.id}/amend", "Amend Jo A.")


def test_a_sheet_of_someone_elses_group_is_not_found(now, signed_in):
    session = make.session(leaders=[make.staff()])
    booking = person(session)
    stranger = signed_in("clinician")
    stranger.get(path(session), status=404)
    press(stranger, booking, "present", status=404)
    stranger.post(path(session, "/marks/rest"), status=404)
    stranger.post(path(session, "/undo"), {"change": "0" * 32}, status=404)
    assert booking.status is Status.EXPECTED


def test_a_leader_has_their_own_sheet(now, signed_in):
    leader = signed_in("clinician")
    session = make.session(leaders=[leader.person])
    booking = person(session)
    leader.get(path(session))
    press(leader, booking, "present")
    assert booking.status is Status.PRESENT


def test_a_session_that_does_not_exist_is_not_found(now, signed_in):
    desk = signed_in("front_desk")
    desk.get("/sessions/4711", status=404)
    session = make.session()
    elsewhere = person(make.session())
    desk.post(
        path(session, "/marks"),
        sent(elsewhere, "present"),
        status=404,
    )


@pytest.mark.parametrize("role", ["billing", "participant"])
def test_those_without_the_permission_see_no_sheet(now, signed_in, role):
    session = make.session()
    signed_in(role).get(path(session), status=403)


@pytest.mark.parametrize("verb", ["/marks", "/marks/rest", "/undo"])
def test_those_who_only_look_change_nothing(now, signed_in, verb):
    session = make.session()
    signed_in("auditor").post(path(session, verb), status=403)


def test_strangers_are_sent_to_the_sign_in(now, pages):
    session = make.session()
    assert pages.get(path(session), status=302).location.startswith("/sign-in")


# Marking


@pytest.mark.parametrize("state", STATES)
def test_a_button_marks_and_leads_back_to_the_row(now, signed_in, state):
    desk = signed_in("front_desk")
    booking = person(make.session())
    answer = press(desk, booking, state)
    assert answer.location == f"/sessions/{booking.session_id}#row-{booking.id}"
    assert (booking.status.value, booking.method) == (state, Method.STAFF)
    (event,) = stored.query(TrailEvent).all()
    assert (event.verb, event.actor_id) == ("attendance.marked", desk.account.id)


def test_times_under_present_say_how_late_and_how_early(now, signed_in):
    desk = signed_in("front_desk")
    booking = person(make.session())
    press(desk, booking, "present", arrived="10:04", left="10:09")
    assert (booking.arrived_at, booking.left_at) == (
        make.instant("2026-03-02 10:04"),
        make.instant("2026-03-02 10:09"),
    )
    desk.follow()
    assert "Late, 4 min, left early" in row(desk, booking).text
    assert (fields(desk, booking)["arrived"], fields(desk, booking)["left"]) == ("10:04", "10:09")


def test_late_is_one_tap_and_another_says_by_how_much(now, signed_in):
    desk = signed_in("front_desk")
    session = make.session()
    booking = person(session)
    answer = press(desk, booking, "late")
    assert answer.location == f"{path(session)}?late={booking.id}#row-{booking.id}"
    assert (booking.status, booking.arrived_at) == (Status.PRESENT, now)
    answer = desk.follow()
    assert "Late, 10 min" in row(desk, booking).text
    assert answer.page.texts("div", id="undo") == ["Marked Jo A. late, 10 min."]
    chips = [each for each in panel(desk, booking) if each[1].startswith("late-")]
    assert chips == [("now", "late-now"), ("5 min", "late-5"), ("10 min", "late-10")]
    press(desk, booking, "late")  # again changes nothing
    assert booking.version == 2
    press(desk, booking, "late-5")
    assert booking.arrived_at == make.instant("2026-03-02 10:05")
    desk.follow()
    assert row(desk, booking).all(class_="when") == []
    press(desk, booking, "present", arrived="10:05", left="", reason="")
    assert (booking.status, booking.arrived_at) == (Status.PRESENT, None)


def test_after_the_session_late_asks_when_and_marks_nobody(at, signed_in):
    at("2026-03-02 12:00")
    desk = signed_in("front_desk")
    booking, other = person(session := make.session()), person(session, "Max Brandt")
    press(desk, booking, "late")
    desk.follow()
    assert booking.status is Status.EXPECTED
    assert [word for _, word in panel(desk, booking)] == [
        "",
        *("late-5", "late-10", "late-15", "late-20", "save"),
    ]
    rest = desk.post(path(session, "/marks/rest"), {"open": booking.id})
    assert rest.location == f"{path(session)}?late={booking.id}"
    stored.refresh(other, ["status"])
    assert other.status is Status.PRESENT
    press(desk, booking, "save", arrived="10:25")
    assert booking.arrived_at == make.instant("2026-03-02 10:25")


def test_the_seconds_of_a_tap_survive_the_sheet(now, signed_in):
    desk = signed_in("front_desk")
    booking = person(make.session())
    tapped = make.instant("2026-03-02 10:04:37")
    arrive(
        booking.enrollment.participant_id,
        booking.session.site,
        at=tapped,
        method=Method.KIOSK,
        by=Actor("kiosk", 1),
        now=tapped,
    )
    desk.get(path(booking.session))
    stored.refresh(booking, ["version"])
    press(desk, booking, "present", arrived=fields(desk, booking)["arrived"], left="10:09")
    assert (booking.arrived_at, booking.left_at) == (tapped, make.instant("2026-03-02 10:09"))


def test_times_are_left_aside_where_somebody_was_not_there(now, signed_in):
    booking = person(make.session())
    press(signed_in("front_desk"), booking, "no-show", arrived="10:04", left="rubbish")
    assert (booking.status, booking.arrived_at) == (Status.NO_SHOW, None)


def test_a_reason_is_kept(now, signed_in):
    booking = person(make.session())
    press(signed_in("front_desk"), booking, "excused", reason=" hospital ")
    assert booking.reason == "hospital"


def panel(browser: Pages, booking: Booking) -> list[tuple[str, str]]:
    """What lies under the buttons of a row: its fields, and the buttons by what they mark."""
    found = row(browser, booking)
    inside = [*found.all("label"), *found.all("button")]
    return [
        (each.text, (each.get("value") or "").rpartition(".")[2])
        for each in inside
        if each.is_inside("details")
    ]


def test_a_reason_is_saved_with_what_is_pressed_and_shown_beside_it(now, signed_in):
    desk = signed_in("front_desk")
    booking = person(make.session())
    press(desk, booking, "excused")
    desk.follow()
    assert panel(desk, booking) == [
        ("Reason", ""),
        ("Save", "save"),
        ("Back to expected", "expected"),
    ]
    press(desk, booking, "save", reason="sick")
    desk.follow()
    assert (booking.status, booking.arrived_at) == (Status.EXCUSED, None)
    assert "Excused “sick”" in row(desk, booking).text
    press(desk, booking, "present", reason="sick")
    desk.follow()
    assert "sick" not in row(desk, booking).text
    assert fields(desk, booking)["reason"] == ""


def test_a_reason_alone_marks_nobody(now, signed_in):
    desk = signed_in("front_desk")
    booking = person(make.session())
    desk.get(path(booking.session))
    assert panel(desk, booking) == []  # it has its place once there is what it is for
    press(desk, booking, "expected", 422, reason="sick")
    assert row(desk, booking).all(class_="field-error")[0].text == (
        "Press the button that this reason belongs to."
    )
    assert fields(desk, booking)["reason"] == "sick"
    assert booking.status is Status.EXPECTED


def test_before_the_doors_open_an_absence_has_its_reason(at, signed_in):
    at("2026-03-02 09:00")
    desk = signed_in("front_desk")
    booking = person(make.session())
    press(desk, booking, "excused", reason="sick")
    desk.follow()
    assert fields(desk, booking) == {"reason": "sick"}


def test_a_mark_can_be_taken_back(now, signed_in):
    desk = signed_in("front_desk")
    booking = person(make.session(), status=Status.NO_SHOW)
    press(desk, booking, "expected")
    assert (booking.status, booking.method) == (Status.EXPECTED, None)


@pytest.mark.parametrize(
    ("state", "typed", "sentence"),
    [
        ("present", {"arrived": "9 o'clock"}, "This is not a time. Write it like 09:05."),
        ("present", {"left": "25:00"}, "This is not a time. Write it like 09:05."),
        (
            "present",
            {"arrived": "10:09", "left": "10:02"},
            "They cannot have left before they arrived.",
        ),
        (
            "present",
            {"arrived": "11:01"},
            "They cannot have arrived after the session had ended.",
        ),
        ("present", {"left": "09:50"}, "They cannot have left before the session began."),
        ("present", {"arrived": "10:30"}, "That time is still to come."),
        ("dancing", {}, "Press one of the buttons of the row."),
        ("excused", {"reason": "x" * 201}, "The reason is too long: 200 letters at most."),
    ],
)
def test_what_makes_no_sense_is_told_at_the_row_and_kept(now, signed_in, state, typed, sentence):
    desk = signed_in("front_desk")
    session = make.session()
    booking, other = person(session), person(session, "Max Brandt")
    answer = press(desk, booking, state, 422, **typed)
    assert row(desk, booking).all(class_="field-error")[0].text == sentence
    assert fields(desk, booking) | typed == fields(desk, booking)
    wrong = [
        each.get("name") for each in row(desk, booking).all("input") if each.get("aria-invalid")
    ]
    assert wrong == [f"{booking.id}-{name}" for name in [*typed][-1:]]
    assert row(desk, other).all(class_="field-error") == []
    assert answer.page.heading == "Group session"
    assert booking.status is Status.EXPECTED
    assert stored.query(TrailEvent).all() == []


def test_the_sheet_of_a_refused_mark_is_looked_at_too(now, signed_in):
    booking = person(make.session())
    press(signed_in("front_desk"), booking, "present", 422, arrived="soon")
    look = stored.query(TrailLook).all()[-1]
    assert (look.page, look.participant_ids) == (
        "attendance.mark",
        [booking.enrollment.participant_id],
    )


def test_a_time_that_the_night_skips_is_told_at_the_row(at, signed_in):
    at("2026-03-08 03:20")
    booking = person(make.session("2026-03-08", "01:30", "04:00"))
    desk = signed_in("front_desk")
    press(desk, booking, "present", 422, arrived="02:30")
    assert row(desk, booking).all(class_="field-error")[0].text == (
        "02:30 does not exist on 2026-03-08: the clocks go forward, 02:30 becomes 03:30."
    )


def test_enter_in_a_field_marks_nobody_and_keeps_what_was_typed(now, signed_in):
    desk = signed_in("front_desk")
    session = make.session()
    jo, max_ = person(session), person(session, "Max Brandt", status=Status.EXCUSED, reason="sick")
    max_shown = {f"{max_.id}-reason": "sick"}
    typed = {f"{jo.id}-arrived": "10:04", f"{jo.id}-left": "", f"{jo.id}-reason": "bus"}
    desk.post(path(session, "/marks"), typed | max_shown, status=422)
    assert row(desk, jo).all(class_="field-error")[0].text == "Press one of the buttons of the row."
    assert fields(desk, jo) == {"arrived": "10:04", "left": "", "reason": "bus"}
    assert row(desk, max_).all(class_="field-error") == []
    assert jo.status is Status.EXPECTED


def test_what_was_typed_in_another_row_is_kept_when_a_mark_is_refused(now, signed_in):
    desk = signed_in("front_desk")
    session = make.session()
    jo, max_ = person(session), person(session, "Max Brandt")
    typed = {f"{max_.id}-arrived": "10:07", f"{max_.id}-left": "", f"{max_.id}-reason": ""}
    late = sent(jo, "present", arrived="10:30")
    desk.post(path(session, "/marks"), late | typed, status=422)
    assert row(desk, jo).all(class_="field-error")[0].text == "That time is still to come."
    assert fields(desk, max_)["arrived"] == "10:07"
    assert "That time" not in row(desk, max_).text


def test_whoever_was_slower_is_told_at_the_row(now, signed_in):
    booking = person(make.session())
    press(signed_in("front_desk"), booking, "present")
    slower = signed_in("coordinator")
    press(slower, booking, "no-show", 422, version=1)
    assert row(slower, booking).all(class_="field-error")[0].text == (
        "Jo A. has just been marked present by Ana Rivera. Look again."
    )
    assert booking.status is Status.PRESENT


def test_pressing_twice_changes_nothing(now, signed_in):
    desk = signed_in("front_desk")
    booking = person(make.session())
    for _ in range(3):
        press(desk, booking, "present", version=1)
    assert (booking.version, len(stored.query(TrailEvent).all())) == (2, 1)


def test_a_mark_needs_a_token(now, signed_in):
    desk = signed_in("front_desk")
    booking = person(make.session())
    desk.post(path(booking.session, "/marks"), sent(booking, "present"), token="", status=400)
    stored.refresh(booking, ["status"])
    assert booking.status is Status.EXPECTED


# The rest, and undo


def test_a_make_up_of_what_is_undone_on_the_sheet_stays_and_leads_to_whose_it_is(now, signed_in):
    desk, session = signed_in("front_desk"), make.session()
    booking = person(session)
    person(session, "Max Brandt")
    desk.get(path(session))
    desk.post(path(session, "/marks"), sent(booking, "no-show"))
    there = make.session("2026-03-06", "13:00", "14:00")
    facts = {"missed_session_id": session.id, "outcome": CameOfIt.PLACED}
    make.offer(booking.enrollment, there, ended_at=there.starts_at, **facts)
    make.booking(there, booking.enrollment)
    (press,) = desk.get(path(session)).page.all("button", formaction=path(session, "/undo"))
    desk.post(path(session, "/undo"), {press.get("name"): press.get("value")})
    page = desk.follow().page
    assert page.texts(id="messages") == [
        "Undone. The make-up of Jo A. on Fri, Mar 6, 1:00 – 2:00 pm stays. Their sessions"
    ]
    assert page.links["Their sessions"] == f"/participants/{booking.enrollment.participant_id}/desk"


def test_the_rest_are_marked_at_once_and_undone_at_once(now, signed_in):
    desk = signed_in("front_desk")
    session = make.session()
    people = [person(session), person(session, "Max Brandt")]
    (button,) = desk.get(path(session)).page.all("button", data_key="a")
    assert (button.get("form"), button.get("formaction")) == ("marks", path(session, "/marks/rest"))
    desk.post(button.get("formaction"))
    answer = desk.follow()
    assert answer.page.texts(id="counts") == ["2 of 2 here"]
    assert answer.page.texts("div", id="undo") == ["Marked 2 people present. Undo"]
    desk.submit(path(session, "/undo"))
    answer = desk.follow()
    assert answer.page.texts(id="counts") == ["0 of 2 here 2 unmarked"]
    assert answer.page.texts("div", id="undo") == [""]
    assert answer.page.texts(id="messages") == ["Undone."]
    assert [stored.get_one(Booking, each.id).status for each in people] == [Status.EXPECTED] * 2


def test_the_rest_are_nobody_when_all_are_marked(now, signed_in):
    desk = signed_in("front_desk")
    session = make.session()
    desk.post(path(session, "/marks/rest"))
    assert desk.follow().page.texts(id="messages") == ["Everybody had been marked already."]


def test_the_rest_leave_open_rows_alone_and_count_them(now, signed_in):
    desk = signed_in("front_desk")
    session = make.session()
    jo, max_, lu = person(session), person(session, "Max Brandt"), person(session, "Lu Chen")
    gone = person(session, "Ann Dow", status=Status.EXCUSED)
    desk.post(path(session, "/marks/rest"), {"open": [max_.id, gone.id, "x"], "busy": lu.id})
    answer = desk.follow()
    assert answer.page.texts(id="messages") == [
        "1 row is left as before: still open, and not saved yet."
    ]
    assert [stored.get_one(Booking, each.id).status for each in (jo, max_, lu, gone)] == [
        Status.PRESENT,
        Status.EXPECTED,
        Status.EXPECTED,
        Status.EXCUSED,
    ]


def test_the_rest_leave_alone_what_is_typed_and_keep_it(now, signed_in):
    desk = signed_in("front_desk")
    session = make.session()
    jo, max_, lu = person(session), person(session, "Max Brandt"), person(session, "Lu Chen")
    typed = {f"{max_.id}-arrived": "10:30", f"{max_.id}-left": "", f"{max_.id}-reason": ""}
    shown = {f"{jo.id}-arrived": "", f"{jo.id}-left": "", f"{jo.id}-reason": ""}
    answer = desk.post(path(session, "/marks/rest"), typed | shown | {"open": lu.id}, status=200)
    assert answer.page.texts(id="messages") == [
        "2 rows are left as before: still open, and not saved yet."
    ]
    assert fields(desk, max_)["arrived"] == "10:30"
    assert answer.page.texts(id="counts") == ["1 of 3 here 2 unmarked"]
    assert [stored.get_one(Booking, each.id).status for each in (jo, max_, lu)] == [
        Status.PRESENT,
        Status.EXPECTED,
        Status.EXPECTED,
    ]


def pressed(booking: Booking, state: str, number: int, page: str = "0123456789abcdef") -> Any:
    """A press in a row as the page's script sends it, from the row as it was at first."""
    return sent(booking, state, version=1) | {"press": f"{page}.{number}"}


@pytest.mark.parametrize("order", [(1, 2), (2, 1)])
def test_of_two_presses_on_a_page_the_last_one_wins_however_they_come_in(now, signed_in, order):
    desk = signed_in("front_desk")
    booking = person(make.session())
    states = {1: "excused", 2: "no-show"}
    for number in order:
        desk.post(path(booking.session, "/marks"), pressed(booking, states[number], number))
    stored.refresh(booking, ["status"])
    assert booking.status is Status.NO_SHOW


def test_a_press_of_another_page_or_person_does_not_run_over_a_mark(now, signed_in):
    desk, other = signed_in("front_desk"), signed_in("coordinator")
    booking = person(make.session())
    marks = path(booking.session, "/marks")
    desk.post(marks, pressed(booking, "excused", 1))
    desk.post(marks, pressed(booking, "no-show", 2, page="f" * 16), status=422)
    other.post(marks, pressed(booking, "no-show", 2), status=422)
    stored.refresh(booking, ["status"])
    assert booking.status is Status.EXCUSED


def test_the_rest_are_not_marked_before_the_doors_open(at, signed_in):
    at("2026-03-02 09:00")
    session = make.session()
    booking = person(session)
    answer = signed_in("front_desk").post(path(session, "/marks/rest"), status=409)
    assert "Check-in has not opened yet." in answer.page.words
    assert booking.status is Status.EXPECTED


def test_an_undo_is_offered_for_ones_own_last_change_only(now, signed_in):
    desk, other = signed_in("front_desk"), signed_in("coordinator")
    session = make.session()
    booking = person(session)
    press(desk, booking, "no-show")
    assert desk.get(path(session)).page.texts("div", id="undo") == ["Marked Jo A. no-show."]
    assert row(desk, booking).all("button", name="change") != []
    assert other.get(path(session)).page.texts("div", id="undo") == [""]
    press(other, booking, "present")
    assert desk.get(path(session)).page.texts("div", id="undo") == [""]


def test_an_undo_twice_is_refused_politely(now, signed_in):
    desk = signed_in("front_desk")
    session = make.session()
    booking = person(session)
    press(desk, booking, "no-show")
    desk.get(path(session))
    change = {"change": row(desk, booking).all("button", name="change")[0].get("value")}
    desk.post(path(session, "/undo"), change)
    answer = desk.post(path(session, "/undo"), change, status=409)
    assert "This has been undone already." in answer.page.words


def test_an_undo_of_nothing_is_not_found(now, signed_in):
    desk = signed_in("front_desk")
    session = make.session()
    person(session)
    for data in ({}, {"change": "rubbish"}, {"change": "0" * 32}):
        desk.post(path(session, "/undo"), data, status=404)


def test_a_sheet_that_is_still_open_marks_nobody_for_somebody_who_is_gone(now, signed_in):
    """Maria Gomez is taken off, Maria Garcia comes on, and the old sheet still has Gomez's row."""
    desk = signed_in("front_desk")
    session = make.session()
    gomez = person(session, "Maria Gomez")
    stale = sent(gomez, "present")
    stored.delete(gomez)
    garcia, jo = person(session, "Maria Garcia"), person(session)
    make.saved()
    typed = {f"{jo.id}-reason": "bus", f"{jo.id}-arrived": "10:05", f"{jo.id}-left": ""}
    answer = desk.post(path(session, "/marks"), stale | typed, status=404)
    assert answer.page.heading == "Group session"
    assert "That person is no longer on this session" in answer.page.words
    assert fields(desk, jo) == {"arrived": "10:05", "left": "", "reason": "bus"}
    stored.refresh(garcia, ["status"])
    assert garcia.status is Status.EXPECTED
    assert desk.get(path(session)).page.texts("p", id=f"who-{garcia.id}") == ["Maria G."]


def test_a_signed_sheet_is_printed_with_the_value_of_the_record_so_far(now, signed_in):
    booking = make.booking(make.session(), make.enrollment(), status=Status.PRESENT)
    pages = signed_in("auditor")
    path = f"/sessions/{booking.session_id}"
    assert "The record up to this print" not in pages.get(path).text
    booking.signed_at = booking.session.ends_at
    trail.record("attendance.signed", booking, by=trail.SYSTEM, now=now, site_id=1)
    assert f"The record up to this print: {trail.value_now(1)}." in pages.get(path).text


def test_a_sheet_tells_by_its_pulse_that_something_is_new_and_no_look_is_noted(now, signed_in):
    session = make.session()
    desk, other = signed_in("front_desk"), signed_in("front_desk")

    def beat(browser: Pages) -> str:
        return browser.get(path(session, "/pulse"), headers={"X-Poll": "1"}).text

    empty = beat(desk)  # which waits for the first walk-in
    assert [each.get("data-pulse") for each in desk.get(path(session)).page.all("div")].count(empty)
    jo = person(session)
    (head,) = desk.get(path(session)).page.all("div", class_="sheet-head")
    assert head.get("data-pulse") == beat(desk) != empty
    looks = number_of(TrailLook)
    press(other, jo, "present")
    assert beat(desk) != head.get("data-pulse")
    (head,) = desk.get(path(session)).page.all("div", class_="sheet-head")
    assert head.get("data-pulse") == beat(other)
    assert number_of(TrailLook) == looks + 1  # of the page alone
    refused = {"participant_id": jo.enrollment.participant_id, "refused": Refusal.WRONG}
    stored.add(PhoneEvent(session_id=session.id, at=now, **refused))
    assert beat(desk) != head.get("data-pulse")
    assert signed_in("clinician").get(path(session, "/pulse"), status=404)


def test_in_a_hybrid_session_it_is_noted_who_is_in_the_room_and_who_on_video(now, signed_in):
    session = make.session(mode=Mode.HYBRID)
    jo, max_ = person(session), person(session, "Max Brandt")
    desk = signed_in("front_desk")
    press(desk, jo, "present")
    desk.get(path(session))
    asks = [button.text for button in row(desk, jo).all("button")]
    assert asks[-2:] == ["In the room", "By video"]
    assert "By video" not in row(desk, max_).text
    press(desk, jo, "video")
    stored.refresh(jo)
    assert (jo.took_part, jo.status) == (Mode.VIRTUAL, Status.PRESENT)
    assert "Press one of the buttons" in press(desk, max_, "video", 422).page.words


def test_in_any_other_session_that_somebody_took_part_by_video_is_said_on_request(now, signed_in):
    session = make.session()
    jo = person(session, status=Status.PRESENT)
    desk = signed_in("front_desk")
    desk.get(path(session))
    assert "By video" not in row(desk, jo).text
    desk.get(f"{path(session)}?video=1")
    assert "By video" in row(desk, jo).text
    data = sent(jo, "video")
    assert "video=1" in desk.post(f"{path(session)}/marks?video=1", data, status=302).location
    page = desk.follow().page
    assert page.texts("div", id="undo") == ["Marked Jo A. by video."]
    assert "Done with who took part by video" in page.words
    desk.get(path(session))
    assert "By video" in row(desk, jo).text  # it is not as the session is


def test_where_the_clinic_asks_the_sheet_says_whose_identity_is_not_confirmed(now, signed_in):
    make.organization(asks_identity=True)
    session = make.session()
    jo = person(session, status=Status.PRESENT)
    max_ = person(session, "Max Brandt", status=Status.PRESENT, identified_by=Identity.PIN)
    desk = signed_in("front_desk")
    words = desk.get(path(session)).page.words
    assert "1 not identified" in words
    assert "Identified by PIN" in row(desk, max_).text
    assert [button.text for button in row(desk, max_).all("button")][-1] == "Back to expected"
    press(desk, jo, "id-birth-date")
    stored.refresh(jo)
    assert jo.identified_by is Identity.BIRTH_DATE
    press(desk, jo, "expected")
    press(desk, jo, "present")
    desk.post(path(session, "/marks/known"), status=302)
    stored.refresh(jo)
    assert jo.identified_by is Identity.KNOWN
    desk.post(path(session, "/marks/known"), status=302)
    assert "had been identified already" in desk.follow().page.words


def test_a_sheet_warns_of_more_people_than_its_rule_set_has_leaders_for(now, signed_in):
    rule_set = make.rule_set({Measure.SEATS_MAX: 1})
    more = {"measure": Measure.SEATS_MAX, "kind": Kind.GROUP, "leaders": 2, "value": 6}
    stored.add(Rule(rule_set_id=rule_set.id, **more))
    program = make.program(rule_set_id=rule_set.id)
    session = make.session(program=program, leaders=[make.staff()])
    people = [person(session, name, status=Status.PRESENT) for name in ("Max Brandt", "Ada Cole")]
    desk = signed_in("front_desk")
    said = "With 1 leader this group may hold 1"
    assert f"{said} " in desk.get(path(session)).page.words
    assert "2 are here. With 2 leaders it may hold 6." in desk.answer.page.words
    press(desk, people[0], "no-show")
    assert f"{said} (Rule set 1)." in desk.get(path(session)).page.words


def test_whoever_marks_may_read_who_recorded_what_with_its_history(app, at, signed_in):
    """The rows that are marked in have no room for it."""
    at("2026-03-02 10:20")
    session = make.session()
    booking = person(session)
    pages = signed_in("coordinator")
    assert "Who recorded what" not in pages.get(path(session)).page.links
    press(pages, booking, "present")
    reading = pages.get(path(session)).page.links["Who recorded what"]
    assert f'data-sheet="{path(session)}"' in pages.text  # what keeps up is marked in, too
    page = pages.get(reading).page
    assert page.all("form", id="marks") == []
    [link] = page.all("ol", id="sheet")[0].all("a", href=f"/bookings/{booking.id}")
    assert link.text.endswith("(history)")
    assert page.all("div", data_sheet=reading)  # it keeps up as it is read
    assert page.links["Back to marking"] == path(session)
