from typing import Any

import pytest

from clinic.attendance import actions as attendance
from clinic.codes import rules as codes_rules
from clinic.codes.models import Refusal
from clinic.codes.queries import code_of, phones_at
from clinic.db import db
from clinic.errors import NotFound, Refused
from clinic.portal import actions, rules
from clinic.programs.models import PhoneCheckIn
from clinic.schedule.models import Booking, Method, Mode, Status
from clinic.trail import Actor, broken_chains
from tests import make
from tests.bookings.by_hand import NEW_YORK

SELF = Actor("account", 7)


def booked(**facts: Any) -> Booking:
    """Jo's place in a session in a room, of a clinic that asks for the code."""
    enrollment = make.enrollment(make.participant(name="Jordan Avery", preferred_name="Jo"))
    return make.booking(make.session(**facts), enrollment)


def shown(booking: Booking, when: str, day: str = "2026-03-02") -> str:
    now = make.instant(f"{day} {when}")
    return code_of(booking.session_id, codes_rules.minute_of(now))


def come(booking: Booking, when: str, code: str | None = None, device: str = "a") -> Any:
    now = make.instant(f"2026-03-02 {when}")
    person = booking.enrollment.participant_id
    return actions.check_in(person, code=code, device=device, by=SELF, now=now)


def state(booking: Booking) -> tuple[Any, ...]:
    db.refresh(booking, ["status", "arrived_at", "method"])
    return booking.status, booking.arrived_at, booking.method


EXPECTED = (Status.EXPECTED, None, None)


def test_the_code_of_the_room_checks_in_by_phone_once(app):
    booking = booked()
    answer = come(booking, "09:50:20", shown(booking, "09:50"))
    at = make.instant("2026-03-02 09:50:20")
    assert state(booking) == (Status.PRESENT, at, Method.PHONE)
    assert (answer.is_new, [place.came_at for place in answer.places]) == (True, [at])
    again = come(booking, "09:51:10", shown(booking, "09:50"))
    assert (again.is_new, [place.came_at for place in again.places]) == (False, [at])
    (event,) = phones_at(booking.session_id)
    assert (event.at, event.gone_seconds, event.refused) == (at, 0, None)
    assert broken_chains() == []


def test_how_long_a_code_was_off_the_screen_is_kept(app):
    booking = booked()
    come(booking, "09:51:40", shown(booking, "09:50"))
    assert [event.gone_seconds for event in phones_at(booking.session_id)] == [40]


@pytest.mark.parametrize(
    ("code", "refused"),
    [
        ("forwarded", Refusal.RUN_OUT),
        ("yesterday's", Refusal.WRONG),
        ("the next session's", Refusal.ELSEWHERE),
    ],
)
def test_a_code_of_another_time_or_session_checks_nobody_in_and_is_kept(app, code, refused):
    booking = booked()
    yesterday = make.booking(make.session("2026-03-01"), booking.enrollment)
    after = make.booking(make.session(start="10:10", end="11:00"), make.enrollment())
    codes = {
        "forwarded": shown(booking, "09:50"),
        "yesterday's": shown(yesterday, "09:55", "2026-03-01"),
        "the next session's": shown(after, "09:55"),
    }
    answer = come(booking, "09:55", codes[code])
    assert answer == actions.CheckIn(refused=refused)
    assert state(booking) == EXPECTED
    (event,) = phones_at(booking.session_id)
    assert (event.participant_id, event.refused) == (booking.enrollment.participant_id, refused)


def test_a_code_that_is_asked_for_must_be_entered(app):
    booking = booked()
    with pytest.raises(Refused, match="Enter the code"):
        come(booking, "09:50")
    with pytest.raises(Refused, match="Nothing of yours"):
        come(booking, "09:30")
    for number in range(codes_rules.TRIES):
        come(booking, f"09:50:{number:02}", "000000")
    with pytest.raises(Refused, match="too many codes"):
        come(booking, "09:51", shown(booking, "09:51"))
    come(booking, "10:01", shown(booking, "10:01"))
    assert state(booking)[0] is Status.PRESENT


@pytest.mark.parametrize(
    ("clinic", "program", "mode", "why_not"),
    [
        ("button", None, Mode.IN_PERSON, None),
        ("off", "button", Mode.HYBRID, None),
        ("code", "off", Mode.IN_PERSON, rules.NOT_OPEN),
        ("button", None, Mode.VIRTUAL, rules.NOT_OPEN),
        ("button", "code", Mode.HYBRID, rules.ENTER_CODE),
    ],
)
def test_the_program_or_else_the_clinic_says_whether_a_code_is_asked_for(
    app, clinic, program, mode, why_not
):
    make.organization(phone_check_in=PhoneCheckIn(clinic))
    make.program(phone_check_in=PhoneCheckIn(program) if program else None)
    booking = booked(mode=mode)
    if why_not is None:
        come(booking, "09:50", "123456")  # typed all the same, and not needed
        assert state(booking)[0] is Status.PRESENT
    else:
        with pytest.raises(Refused) as refused:
            come(booking, "09:50")
        assert refused.value.sentence == why_not


def test_a_check_in_leads_on_to_what_follows_but_to_nothing_else_that_is_open(app):
    booking = booked(start="09:00", end="10:00")
    follows = make.booking(make.session(start="10:15", end="11:00"), booking.enrollment)
    meeting = make.booking(
        make.session(start="11:00", end="12:00", mode=Mode.VIRTUAL), booking.enrollment
    )
    come(booking, "09:40", shown(booking, "09:40"))
    assert [state(each)[2] for each in (booking, follows, meeting)] == [
        Method.PHONE,
        Method.CARRIED,
        None,
    ]


def test_another_session_that_is_open_asks_for_its_own_code(app):
    booking = booked(start="09:00", end="10:00")
    other = make.booking(make.session(start="10:00", end="11:00"), booking.enrollment)
    come(booking, "09:50", shown(other, "09:50"))
    assert [state(each)[0] for each in (booking, other)] == [Status.EXPECTED, Status.PRESENT]


def test_a_wrong_code_does_not_keep_anybody_from_what_asks_for_none(app):
    free = make.program(phone_check_in=PhoneCheckIn.BUTTON)
    coded = make.program(phone_check_in=PhoneCheckIn.CODE)
    booking = booked(program=free)
    other = make.booking(make.session(program=coded), booking.enrollment)
    answer = come(booking, "09:50", "000000")
    assert (answer.refused, len(answer.places)) == (Refusal.WRONG, 1)
    assert [state(each)[0] for each in (booking, other)] == [Status.PRESENT, Status.EXPECTED]


# By video


def meeting(**facts: Any) -> Booking:
    return booked(mode=Mode.VIRTUAL, join_link="https://video.example.org/j/1", **facts)


def join(booking: Booking, when: str) -> Any:
    now = make.instant(f"2026-03-02 {when}")
    person = booking.enrollment.participant_id
    return actions.join(person, booking.session_id, device="a", by=SELF, now=now)


def leave(booking: Booking, when: str) -> None:
    now = make.instant(f"2026-03-02 {when}")
    actions.leave(booking.enrollment.participant_id, booking.session_id, by=SELF, now=now)


def stay(booking: Booking) -> tuple[str, str]:
    db.refresh(booking, ["arrived_at", "left_at"])
    times = (booking.arrived_at, booking.left_at)
    return tuple(each.astimezone(NEW_YORK).strftime("%H:%M") if each else "" for each in times)


def test_joining_checks_in_and_leaving_says_when(app):
    booking = meeting()
    follows = make.booking(
        make.session(start="11:00", end="12:00", mode=Mode.VIRTUAL), booking.enrollment
    )
    assert join(booking, "09:55").join_link == "https://video.example.org/j/1"
    join(booking, "09:56")
    assert (stay(booking), len(phones_at(booking.session_id))) == (("09:55", ""), 1)
    leave(booking, "10:20")
    leave(booking, "10:25")
    assert stay(booking) == ("09:55", "10:20")
    join(booking, "10:30")
    assert stay(booking) == ("09:55", "")
    notes = codes_rules.notes(
        phones_at(booking.session_id),
        {booking.enrollment.participant_id: "Jo A."},
        (),
        zone=NEW_YORK,
    )
    assert notes == ["Jo A. left at 10:20 am and joined again at 10:30 am."]
    assert state(follows) == EXPECTED  # each meeting is joined by itself
    assert broken_chains() == []


def took_part(booking: Booking) -> Mode | None:
    db.refresh(booking, ["took_part"])
    return booking.took_part


def test_a_hybrid_session_is_joined_from_home_or_checked_in_to_in_its_room(app):
    link = "https://video.example.org/j/1"
    at_home = booked(mode=Mode.HYBRID, join_link=link)
    there = make.booking(at_home.session, make.enrollment())
    assert join(at_home, "09:55").join_link == link
    come(there, "09:55", shown(there, "09:55"))
    assert [took_part(each) for each in (at_home, there)] == [Mode.VIRTUAL, Mode.IN_PERSON]
    with pytest.raises(Refused, match="checked in in the room"):
        join(there, "09:56")
    with pytest.raises(Refused, match="checked in in the room"):
        leave(there, "10:20")
    leave(at_home, "10:20")
    join(at_home, "10:30")
    assert (took_part(at_home), stay(at_home)) == (Mode.VIRTUAL, ("09:55", ""))
    assert broken_chains() == []


def test_a_hybrid_session_without_a_link_is_not_checked_in_to_from_home(app):
    booking = booked(mode=Mode.HYBRID)
    with pytest.raises(Refused, match="not open"):
        join(booking, "09:55")
    assert state(booking) == EXPECTED


def test_what_staff_have_noted_stands(app):
    booking = meeting(start="09:00", end="11:00")
    there = {"status": Status.PRESENT, "version": booking.version, "by": SELF}
    attendance.mark(booking, now=make.instant("2026-03-02 09:30"), **there)
    leave(booking, "10:20")  # they were marked present, and leave
    assert stay(booking) == ("", "10:20")
    join(booking, "10:21")
    db.refresh(booking, ["version", "left_at", "status", "method", "arrived_at"])
    left = {"left_at": make.instant("2026-03-02 10:25"), "version": booking.version}
    attendance.mark(booking, now=make.instant("2026-03-02 10:26"), **there | left)
    with pytest.raises(Refused, match="has noted that you left"):
        join(booking, "10:30")


def test_a_meeting_is_joined_while_it_is_open_by_whoever_is_expected(app):
    booking = meeting()
    with pytest.raises(Refused, match="not open"):
        join(booking, "09:30")
    with pytest.raises(Refused, match="not checked in"):
        leave(booking, "10:05")
    join(booking, "09:55")
    with pytest.raises(Refused, match="not begun"):
        leave(booking, "09:56")
    stranger = booked(start="13:00", end="14:00")
    with pytest.raises(NotFound):
        actions.join(
            stranger.enrollment.participant_id,
            booking.session_id,
            device=None,
            by=SELF,
            now=make.instant("2026-03-02 10:00"),
        )
