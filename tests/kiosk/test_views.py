import json
import re
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from clinic import clock
from clinic.db import database, db
from clinic.kiosk.models import KioskDevice, KioskTap
from clinic.kiosk.rules import MOST_TAPS, PLEASE_SEE_FRONT_DESK
from clinic.schedule.models import Booking, Status
from clinic.trail import TrailEvent, broken_chains
from tests import make
from tests.conftest import app_on
from tests.pages import Answer, Pages
from tests.race import race

PATH = "/kiosk/check-ins"
KEY = "a-device-key"
AT = "2026-03-02T09:55:00-05:00"


@pytest.fixture
def jordan(app, at) -> Booking:
    """A place at ten, and a minute to get through a door with a kiosk; the PIN is 482913."""
    at("2026-03-02 09:55")
    make.kiosk_device()
    participant = make.participant(name="Jordan Quintessa Avery", pin="482913")
    return make.booking(
        make.session(room=make.room(name="Room 1"), title="Relapse prevention"),
        make.enrollment(participant),
    )


def tap(number: int = 1, *, pin: Any = "482913", at: Any = AT) -> dict[str, Any]:
    return {"id": str(UUID(int=number)), "pin": pin, "at": at}


def send(
    pages: Pages, *taps: Any, key: str | None = KEY, status: int = 200, **fields: Any
) -> Answer:
    return post(pages, json.dumps({"check_ins": taps, **fields}), key=key, status=status)


def post(pages: Pages, body: Any, *, key: str | None = KEY, status: int = 200) -> Answer:
    headers = {"Authorization": f"Bearer {key}"} if key is not None else {}
    answer = pages.ask("POST", PATH, data=body, headers=headers)
    assert answer.status == status, answer.text
    return answer


def results(answer: Answer) -> list[tuple[str, str | None]]:
    return [(result["result"], result["reason"]) for result in answer.json["results"]]


REFUSED = ("refused", "see_front_desk")
NOT_SET_UP = {"error": "This kiosk is not set up."}
WELCOME = {
    "id": str(UUID(int=1)),
    "result": "checked_in",
    "greeting": "Thank you, J.",
    "sessions": [
        {
            "start": "2026-03-02T10:00:00-05:00",
            "end": "2026-03-02T11:00:00-05:00",
            "room": "Room 1",
            "arrived": AT,
        }
    ],
    "reason": None,
}


def test_a_tap_checks_somebody_in(pages, jordan):
    answer = send(pages, tap(), sent_at=AT)

    assert answer.json == {"results": [WELCOME]}
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Cache-Control"] == "no-store"
    assert jordan.arrived_at == clock.now()


def test_an_arrival_is_carried_on_and_the_answer_lists_all_of_it(pages, jordan):
    next_up = make.session("2026-03-02", "11:15", "12:00")
    make.booking(next_up, jordan.enrollment)

    (answer,) = send(pages, tap()).json["results"]

    assert [visit["arrived"] for visit in answer["sessions"]] == [AT, "2026-03-02T11:15:00-05:00"]
    assert [visit["room"] for visit in answer["sessions"]] == ["Room 1", ""]


def test_the_second_tap_says_when_the_first_was(pages, jordan, at):
    send(pages, tap())
    at("2026-03-02 10:20")

    (answer,) = send(pages, tap(2, at="2026-03-02T10:20:00-05:00")).json["results"]

    assert answer == WELCOME | {"id": tap(2)["id"], "result": "already_checked_in"}


@pytest.mark.parametrize(
    ("wall_time", "result"),
    [
        ("09:44:59", REFUSED),
        ("09:45:00", ("checked_in", None)),
        ("11:00:00", ("checked_in", None)),
        ("11:00:01", REFUSED),
    ],
)
def test_check_in_is_open_from_a_quarter_of_an_hour_before_until_the_end(
    pages, jordan, at, wall_time, result
):
    at("2026-03-02 12:00")
    assert results(send(pages, tap(at=f"2026-03-02T{wall_time}-05:00"))) == [result]


@pytest.mark.parametrize(
    ("now", "result"),
    [
        ("2026-03-02 09:52:59", REFUSED),
        ("2026-03-02 09:53", ("checked_in", None)),
        ("2026-03-09 10:55", ("checked_in", None)),  # the clocks have gone forward in between
        ("2026-03-09 10:55:01", REFUSED),
    ],
)
def test_a_tap_is_taken_from_seven_days_back_to_two_minutes_ahead(pages, jordan, at, now, result):
    at(now)
    assert results(send(pages, tap())) == [result]


def test_that_a_time_is_still_to_come_is_the_fault_of_the_clock(pages, jordan, at):
    at("2026-03-02 09:50")
    send(pages, tap())
    assert db.scalars(select(KioskTap.why)).all() == [
        "That time is still to come. The kiosk’s clock is fast."
    ]


def test_a_tap_before_midnight_that_is_uploaded_the_next_day_counts_for_its_own_day(
    pages, jordan, at
):
    late = make.booking(make.session("2026-03-01", "23:00", "23:59"), jordan.enrollment)
    at("2026-03-02 09:00")

    (answer,) = send(pages, tap(at="2026-03-01T23:58:00-05:00")).json["results"]

    assert (answer["result"], len(answer["sessions"])) == ("checked_in", 1)
    assert (late.status, late.arrived_at) == (Status.PRESENT, make.instant("2026-03-01 23:58"))
    assert jordan.status is Status.EXPECTED


def test_a_wrong_pin_is_refused_and_kept(pages, jordan):
    (answer,) = send(pages, tap(pin="111222")).json["results"]
    assert answer == {
        "id": tap()["id"],
        "result": "refused",
        "greeting": PLEASE_SEE_FRONT_DESK,
        "sessions": [],
        "reason": "see_front_desk",
    }
    (kept,) = db.scalars(select(KioskTap)).all()
    assert (kept.is_refused, kept.why, kept.tapped_at) == (
        True,
        "Nobody has this PIN.",
        make.instant("2026-03-02 09:55"),
    )


def test_whoever_is_not_booked_and_whoever_does_not_exist_are_answered_alike(pages, jordan):
    make.participant(pin="1357")
    make.participant(pin="2468", is_active=False)
    answers = send(pages, tap(1, pin="1357"), tap(2, pin="2468"), tap(3, pin="9753"))
    first, *others = [answer | {"id": None} for answer in answers.json["results"]]
    assert others == 2 * [first]


MALFORMED = [
    None,
    "x",
    7,
    [],
    {},
    tap(2) | {"id": "not-a-uuid"},
    tap(3, pin=482913),
    tap(4, pin="four"),
    tap(5, at="2026-03-02T09:55:00"),
    tap(6, at="soon"),
]


def test_a_malformed_tap_is_refused_without_touching_the_others(pages, jordan):
    answer = send(pages, *MALFORMED, tap())

    assert results(answer) == [*len(MALFORMED) * [("refused", "malformed")], ("checked_in", None)]
    assert [result["id"] for result in answer.json["results"]] == [
        *5 * [None], "not-a-uuid", tap(3)["id"], tap(4)["id"], tap(5)["id"], tap(6)["id"],
        tap()["id"],
    ]  # fmt: skip
    assert {result["greeting"] for result in answer.json["results"][:-1]} == {PLEASE_SEE_FRONT_DESK}
    assert len(db.scalars(select(KioskTap).where(KioskTap.is_refused)).all()) == len(MALFORMED)

    assert send(pages, *MALFORMED, tap()).json == answer.json
    assert len(db.scalars(select(KioskTap)).all()) == len(MALFORMED) + 1


def test_an_id_that_is_used_for_another_tap_is_refused(pages, jordan):
    first = send(pages, tap())
    for reused in (tap(pin="111222"), tap(at="2026-03-02T09:54:00-05:00"), tap(pin="")):
        assert results(send(pages, reused)) == [("refused", "id_reused")]
    assert send(pages, tap(at="2026-03-02T14:55:00Z")).json == first.json
    assert db.scalars(select(TrailEvent.verb)).all() == ["attendance.arrived"]


def test_the_answer_is_the_same_after_a_restart(app, pages, jordan, tmp_path):
    first = send(pages, tap())
    restarted = app_on(app.config["SQLALCHEMY_DATABASE_URI"], tmp_path)
    assert send(Pages(restarted), tap()).json == first.json
    with restarted.app_context():
        database.engine.dispose()


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"{}", b'{"check_ins": 5}', b'{"check_ins": [], "sent_at": 5}']
)
def test_a_body_that_is_no_upload_is_refused_as_a_whole(pages, jordan, body):
    assert set(post(pages, body, status=400).json) == {"error"}
    assert post(pages, body, key="wrong", status=401).json == NOT_SET_UP


def test_too_many_taps_are_refused_as_a_whole(pages, jordan):
    answer = send(pages, *(MOST_TAPS + 1) * [tap()], status=400)
    assert answer.json == {"error": "At most 1000 check-ins may be sent at once."}
    assert jordan.status is Status.EXPECTED


def test_a_body_of_megabytes_is_refused(pages, jordan):
    assert set(post(pages, b" " * 10_000_000, status=413).json) == {"error"}


def test_an_upload_without_taps_says_that_the_key_is_right(pages, jordan):
    answer = send(pages)
    assert answer.json == {"results": []}
    assert (answer.headers["Clock-Time"], answer.headers["Clock-Zone"]) == (
        clock.now().isoformat(),
        "America/New_York",
    )
    assert (answer.headers["Kiosk-Kind"], "Clock-Offset" in answer.headers) == ("keypad", False)
    assert send(pages, key="wrong", status=401).json == NOT_SET_UP


def test_a_tablet_whose_clock_is_fast_checks_people_in_at_the_right_time(pages, jordan, at):
    at("2026-03-02 09:50")
    five_fast = "2026-03-02T09:55:00-05:00"

    answer = send(pages, tap(at=five_fast), sent_at=five_fast)

    assert (results(answer), answer.headers["Clock-Offset"]) == ([("checked_in", None)], "300")
    assert jordan.arrived_at == make.instant("2026-03-02 09:50")
    kept = db.scalars(select(KioskTap)).one()
    assert (kept.tapped_at, kept.clock_ahead) == (make.instant("2026-03-02 09:50"), 300)
    assert send(pages, tap(at=five_fast)).json == answer.json


def test_taps_of_hours_are_put_right_by_a_clock_that_several_uploads_agree_on(pages, jordan, at):
    for _ in range(2):
        send(pages, sent_at="2026-03-02T08:55:00-05:00")
        assert results(send(pages, tap(at="2026-03-02T08:55:00-05:00"))) == [REFUSED]
    at("2026-03-02 12:00")
    answer = send(pages, tap(2, at="2026-03-02T08:56:00-05:00"), sent_at="2026-03-02T11:00-05:00")

    assert results(answer) == [("checked_in", None)]
    assert jordan.arrived_at == make.instant("2026-03-02 09:56")
    why = select(KioskTap.why).where(KioskTap.is_refused)
    assert db.scalars(why).all() == [
        "No session of theirs was open at 8:55 am. The kiosk’s clock is 1 h slow."
    ]


def test_taps_kept_by_a_clock_that_is_wrong_wait_until_it_is_known_by_how_much(pages, jordan, at):
    at("2026-03-02 12:00")
    an_hour_slow = [tap(at="2026-03-02T08:55:00-05:00"), tap(2, at="2026-03-02T08:56:00-05:00")]
    for second in ("00", "15"):
        at(f"2026-03-02 12:00:{second}")
        sent = send(pages, *an_hour_slow, sent_at=f"2026-03-02T11:00:{second}-05:00")
        assert results(sent) == [("refused", "wait")] * 2
    (why,) = db.scalars(select(KioskTap.why).distinct())
    assert why.startswith("Not looked at: the kiosk’s clock is being measured.")
    assert why.endswith("The kiosk’s clock is 1 h slow.")
    at("2026-03-02 12:00:30")
    sent = send(pages, *an_hour_slow, sent_at="2026-03-02T11:00:30-05:00")
    assert results(sent) == [("checked_in", None), ("already_checked_in", None)]
    assert jordan.arrived_at == make.instant("2026-03-02 09:55")


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer ", "Bearer wrong", "Basic eDp5"])
def test_without_the_key_of_a_kiosk_nothing_is_looked_at(app, jordan, header):
    pages = Pages(app)
    headers = {} if header is None else {"Authorization": header}
    answer = pages.ask("POST", PATH, json={"check_ins": [tap()]}, headers=headers)
    assert (answer.status, answer.json) == (401, NOT_SET_UP)
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert db.scalars(select(KioskTap)).all() == []


def test_a_revoked_key_opens_nothing(pages, jordan):
    make.kiosk_device(key="revoked", revoked_at=clock.now())
    assert send(pages, tap(), key="revoked", status=401).json == NOT_SET_UP
    assert jordan.status is Status.EXPECTED


def test_a_sign_in_is_no_key_and_changes_no_answer(jordan, signed_in):
    staff = signed_in("admin")
    assert send(staff, tap(), key=None, status=401).json == NOT_SET_UP
    answer = send(staff, tap())
    assert answer.json == {"results": [WELCOME]}
    assert "Set-Cookie" not in answer.headers
    event = db.scalars(select(TrailEvent)).one()
    assert event.actor_kind == "kiosk"


def test_no_answer_names_anybody_or_what_this_is_about(pages, jordan):
    answers = [
        send(pages, tap(), tap(2), tap(3, pin="111222"), tap(4, at="2026-03-02T08:00:00-05:00")),
        send(pages, tap(), key="wrong", status=401),
        post(pages, b"{", status=400),
        pages.get("/kiosk"),
    ]
    secrets = ["Jordan", "Quintessa", "Avery", "Relapse", "482913", jordan.enrollment.key]
    for answer in answers:
        assert [secret for secret in secrets if secret in answer.text] == []


def test_ten_identical_uploads_at_once_have_one_effect_and_one_answer(app, jordan):
    make.saved()
    body = json.dumps({"check_ins": [tap(), tap(2, pin="111222"), {"id": 7}]})

    def upload() -> tuple[int, Any]:
        headers = {"Authorization": f"Bearer {KEY}"}
        response = app.test_client().post(PATH, data=body, headers=headers)
        return response.status_code, response.get_json()

    answers = race(app, *10 * [upload])

    assert answers == 10 * [answers[0]]
    assert [result["result"] for result in answers[0][1]["results"]] == [
        "checked_in", "refused", "refused"
    ]  # fmt: skip
    assert db.scalars(select(TrailEvent.verb)).all() == ["attendance.arrived"]
    assert len(db.scalars(select(KioskTap)).all()) == 3
    assert broken_chains() == []


def test_two_uploads_of_the_same_backlog_in_opposite_order_both_end(app, jordan):
    people = [make.participant(pin=f"{number:06}") for number in range(1, 13)]
    for person in people:
        if person.id % 2:
            make.booking(jordan.session, make.enrollment(person))
    make.saved()
    backlog = [tap(number, pin=f"{number:06}") for number in range(1, 13)]

    def upload(taps: list[Any]) -> Any:
        def call() -> Any:
            headers = {"Authorization": f"Bearer {KEY}"}
            response = app.test_client().post(PATH, json={"check_ins": taps}, headers=headers)
            return sorted((result["id"], result["result"]) for result in response.json["results"])

        return call

    answers = race(app, *2 * [upload(backlog), upload(backlog[::-1])])

    assert answers == 4 * [answers[0]]
    assert len(answers[0]) == 12
    assert broken_chains() == []


def test_a_backlog_of_a_thousand_is_answered_in_order(pages, jordan):
    backlog = [tap(number, at=f"2026-03-02T09:5{number % 5}:00-05:00") for number in range(1, 1001)]

    answers = send(pages, *backlog).json["results"]

    assert [answer["id"] for answer in answers] == [sent["id"] for sent in backlog]
    assert {answer["result"] for answer in answers} == {"checked_in", "already_checked_in"}
    assert jordan.arrived_at == make.instant("2026-03-02 09:50")


def test_guessing_ends_in_the_next_part_of_a_long_upload_too(pages, jordan):
    wrong = [tap(number + 2, pin=f"{number:06}") for number in range(250)]
    answer = send(pages, *wrong, tap(), waiting=0)

    assert results(answer) == [*31 * [REFUSED], *220 * [("refused", "wait")]]
    assert answer.json["results"][-1] == {
        "id": tap()["id"],
        "result": "refused",
        "greeting": PLEASE_SEE_FRONT_DESK,
        "sessions": [],
        "reason": "wait",
        "retry_after": 1,
    }
    looked_up = select(KioskTap.id).where(KioskTap.why == "Nobody has this PIN.")
    assert len(db.scalars(looked_up).all()) == 31
    whose = select(KioskTap.participant_id).where(KioskTap.id == tap()["id"])
    assert db.scalars(whose).all() == [jordan.enrollment.participant_id]


def test_a_single_tap_needs_few_statements(pages, jordan, queries, database):
    other = make.participant(pin="1357")
    make.booking(jordan.session, make.enrollment(other))
    send(pages, tap())
    with queries() as count:
        send(pages, tap(2, pin="1357"))
    # One more where writers of the trail take turns.
    assert count() == {"sqlite": 6, "postgresql": 7}[database.name]


def test_the_keypad_says_nothing_of_what_this_is(pages, jordan):
    page = pages.get("/kiosk").page
    assert (page.title, page.heading) == ("Check in · Daybook", "Check in")
    assert page.texts("button") == [
        "Clear", *"123456789", "", "0", "OK", "Pair this tablet", "Set up"
    ]  # fmt: skip
    # Without names: what is typed gets into no address.
    fields = [(each.get("id"), each.get("type"), each.get("name")) for each in page.all("input")]
    assert fields == [("pairing-code", "text", ""), ("device-key", "password", "")]


def test_staff_deal_with_a_refused_tap(jordan, signed_in):
    kept = make.kiosk_tap(db.get_one(KioskDevice, 1))
    desk = signed_in("front_desk")

    answer = desk.post(f"/kiosk/taps/{kept.id}/seen")

    assert answer.location == "/today"
    assert kept.seen_at == clock.now()
    desk.post(f"/kiosk/taps/{kept.id}/seen")
    assert db.scalars(select(TrailEvent.verb)).all() == ["kiosk.tap_seen"]


@pytest.mark.parametrize("role", ["clinician", "billing", "auditor", "participant"])
def test_others_cannot_put_a_refused_tap_away(jordan, signed_in, role):
    kept = make.kiosk_tap(db.get_one(KioskDevice, 1))
    signed_in(role).post(f"/kiosk/taps/{kept.id}/seen", status=403)
    assert kept.seen_at is None


def test_a_tap_that_is_not_there_cannot_be_put_away(jordan, signed_in):
    signed_in("front_desk").post(f"/kiosk/taps/{UUID(int=99)}/seen", status=404)


def test_the_worker_keeps_all_that_the_page_of_the_kiosk_asks_for(pages):
    worker = pages.ask("GET", "/kiosk/worker")
    assert worker.headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert worker.headers["Service-Worker-Allowed"] == "/kiosk"
    shell = json.loads(worker.text.partition("SHELL = ")[2].partition(";")[0])
    page = pages.ask("GET", "/kiosk").text
    asked = set(re.findall(r'(?:href|src)="(/[^"#]*)', page))
    scripts = [each for each in shell if each.endswith(".js")]
    for address in scripts:
        imported = re.findall(r'from "\./([a-z_]+\.js)"', pages.ask("GET", address).text)
        asked |= {f"{address.rpartition('/')[0]}/{name}" for name in imported}
    assert len(asked) >= 8
    assert asked - set(shell) == set()
    manifest = pages.ask("GET", next(each for each in shell if each.endswith(".webmanifest")))
    assert manifest.json["start_url"] == manifest.json["scope"] == "/kiosk"
    icons = {f"{shell[1].rpartition('/js/')[0]}/{each['src']}" for each in manifest.json["icons"]}
    assert icons <= set(shell)
