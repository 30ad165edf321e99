import pytest

from clinic.codes import queries
from clinic.codes.models import PhoneEvent, Refusal
from clinic.db import db
from clinic.errors import NotFound
from clinic.programs.models import PhoneCheckIn
from clinic.schedule.models import Mode
from tests import make

NOW = make.instant("2026-03-02 09:50")


def test_codes_of_sessions_and_minutes_have_nothing_in_common(app):
    codes = [queries.code_of(session_id, minute) for session_id in (1, 2) for minute in (5, 6)]
    assert len(set(codes)) == 4
    assert queries.code_of(1, 5) == codes[0]
    assert all(len(code) == 6 and code.isdigit() for code in codes)


def test_the_sessions_of_somebody_are_those_not_over_with_what_their_program_asks(app):
    make.organization(phone_check_in=PhoneCheckIn.BUTTON)
    make.program()
    coded = make.program(phone_check_in=PhoneCheckIn.CODE)
    jo = make.enrollment(make.participant())
    first = make.booking(make.session(start="10:00", end="11:00"), jo)
    make.booking(make.session(start="08:00", end="09:00"), jo)  # over
    make.booking(make.session("2026-03-04"), jo)  # another day
    make.booking(make.session(start="10:00"), make.enrollment(make.participant()))
    second = make.booking(make.session(start="14:00", end="15:00", program=coded), jo)
    found = queries.own_today(jo.participant_id, now=NOW)
    assert [(row.booking_id, row.phone_check_in) for row in found] == [
        (first.id, "button"),
        (second.id, "code"),
    ]


def test_a_room_shows_the_codes_of_what_is_open_in_it(app):
    room, other = make.room(), make.room()
    ending = make.session(start="09:00", end="10:00", room=room)
    begins = make.session(start="10:00", end="11:00", room=room)
    make.session(start="10:10", end="11:00", room=room)  # its doors are still closed
    make.session(start="10:00", room=room, is_cancelled=True)
    make.session(start="10:00", room=room, mode=Mode.VIRTUAL)
    make.session(start="10:00", room=other)
    shown = queries.in_room(room.id, now=NOW)
    assert [row.session_id for row in shown] == [ending.id, begins.id]
    everywhere = queries.others_open(room.site_id, now=NOW)
    assert len(everywhere) == 3
    assert set(everywhere) > {ending.id, begins.id}


def test_a_session_is_found_by_whoever_leads_it(app):
    leader, other = make.staff(), make.staff()
    session = make.session(leaders=[leader])
    assert queries.get_session(session.id, leader.id).session_id == session.id
    with pytest.raises(NotFound):
        queries.get_session(session.id, other.id)


def test_a_browser_is_known_again_at_the_same_session_alone(app):
    assert queries.device_digest(1, None) is None
    assert queries.device_digest(1, "a") == queries.device_digest(1, "a")
    assert len({queries.device_digest(*of) for of in ((1, "a"), (2, "a"), (1, "b"))}) == 3


def test_the_key_of_a_screen_is_good_for_its_session_while_whoever_opened_it_has_access(app):
    account = make.staff().account
    key = queries.screen_key(4, account.id)
    assert queries.may_show(4, key)
    assert not queries.may_show(5, key)
    assert not queries.may_show(4, f"{account.id + 1}{key[len(str(account.id)) :]}")
    for rubbish in ("", "x", "٣.ab", f"{account.id}.", key + "0"):
        assert not queries.may_show(4, rubbish)
    account.is_active = False
    db.flush()
    assert not queries.may_show(4, key)


def test_codes_that_were_none_are_counted(app):
    session, jo = make.session(), make.participant()
    facts = {"session_id": session.id, "participant_id": jo.id}
    for wall, refused in (("09:30", Refusal.WRONG), ("09:45", Refusal.WRONG), ("09:46", None)):
        at = make.instant(f"2026-03-02 {wall}")
        db.add(PhoneEvent(at=at, refused=refused, **facts))
    db.flush()
    assert queries.refused_since(jo.id, make.instant("2026-03-02 09:40")) == 1
    assert queries.refused_since(jo.id, NOW) == 0
    assert len(queries.phones_at(session.id)) == 3
