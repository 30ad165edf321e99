from datetime import timedelta
from types import SimpleNamespace

import pytest

from clinic import clock
from clinic.bookings.rules import CANCELLED, SIGNED
from clinic.paper import rules
from clinic.schedule.models import Status
from tests import make
from tests.bookings.by_hand import TEN

ZONE = clock.zone(make.ZONE)
SESSION = SimpleNamespace(
    starts_at=TEN.starts_at,
    ends_at=TEN.ends_at,
    day=TEN.day,
    is_cancelled=False,
    room_name="Garden",
    seats=12,
    grace_minutes=0,
    kind="group",
)
SIGNED_ROW, OPEN_ROW = SimpleNamespace(signed_at=TEN.ends_at), SimpleNamespace(signed_at=None)


@pytest.mark.parametrize(
    ("facts", "rows", "minutes", "why_not"),
    [
        ({}, [OPEN_ROW, SIGNED_ROW], 0, None),
        ({}, [OPEN_ROW], -1, rules.NOT_BEGUN),
        ({}, [], 0, rules.NOBODY),
        ({}, [SIGNED_ROW], 0, SIGNED),
        ({"is_cancelled": True}, [OPEN_ROW], 0, CANCELLED),
    ],
)
def test_a_paper_sheet_can_be_entered_once_its_session_has_begun(facts, rows, minutes, why_not):
    session = SimpleNamespace(**vars(SESSION) | facts)
    now = SESSION.starts_at + timedelta(minutes=minutes)
    assert rules.why_not_enter(session, rows, now=now) == why_not


def test_a_sheet_says_who_is_expected_and_what_was_known_when_it_was_printed():
    people = [
        TEN._replace(participant_id=1),
        TEN._replace(participant_id=2, status=Status.PRESENT, arrived_at=TEN.starts_at),
        TEN._replace(participant_id=3, status=Status.EXCUSED, seat_no=None),
    ]
    names = {1: "Jo A.", 2: "Noor H.", 3: "#Sam *W*"}
    found = rules.sheet_of(
        SESSION,
        people,
        title="Process group",
        leaders=["Ana Rivera"],
        names=names,
        place="Riverside, Main Street",
        zone=ZONE,
    )
    assert found["when"] == "Mon, Mar 2 · 10:00 – 11:00 am"
    assert found["facts"] == "Garden · Ana Rivera · 12 seats"
    assert [(each["name"], each["known"]) for each in found["people"]] == [
        ("Jo A.", ""),
        ("Noor H.", "checked in 10:00 am"),
        ("#Sam *W*", "excused"),
    ]


def test_the_name_of_the_file_tells_nothing():
    assert rules.file_name(TEN.day) == "sheets-2026-03-02.pdf"
