"""The line is cut and the tablet killed, again and again: whoever was told that their check-in is
kept is checked in, once.

8 people and 3 kills as a rule; in `make torture` 50 and 20.
"""

import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserType, Page, expect

from tests.chance import TORTURE
from tests.journeys.line import Line, Tablet, line_to
from tests.journeys.live import LiveClinic, serving
from tests.journeys.steps import set_up_kiosk

pytestmark = pytest.mark.torture
PEOPLE, KILLS = (50, 20) if TORTURE else (8, 3)
NOBODY = "1000000007"
PINS = [f"{7_300_000_019 + 1_013 * n}" for n in range(PEOPLE)]  # of ten digits: not there by chance
KEPT = "Your check-in is kept."


def clinic_file(live: LiveClinic) -> str:
    """One group, which is open now, and everybody on it."""
    at = live.at
    days = "mon, tue, wed, thu, fri, sat, sun"
    return (
        f"""
clinic: 1
organization: {{name: Riverside}}
sites:
- {{key: main, name: Main Street, timezone: {at.zone.key},
   rooms: [{{key: hall, name: Hall, seats: {PEOPLE}}}]}}
staff: [{{key: rivera, name: Ana Rivera, roles: [clinician]}}]
programs:
- {{key: day, name: Day IOP, site: main, level: "2.1", population: adult,
   weekly_hours: {{min: 9, max: 12}}}}
series:
- {{key: process, program: day, title: Process group, kind: education, days: [{days}],
   start: "{at.process_from:%H:%M}", end: "{at.process_to:%H:%M}", room: hall,
   leaders: [rivera], seats: {PEOPLE}, from: {at.today}, until: {at.today}}}
participants:
"""
        + "".join(
            f'- {{key: p-{n}, name: Person {n}, pin: "{pin}"}}\n' for n, pin in enumerate(PINS)
        )
        + "enrollments:\n"
        + "".join(
            f"- {{key: e-{n}, participant: p-{n}, program: day, from: {at.today},"
            " series: [process]}\n"
            for n in range(PEOPLE)
        )
    )


@pytest.fixture
def clinic(browser: Browser, tmp_path, migrated, starter) -> Iterator[LiveClinic]:
    live = LiveClinic(tmp_path, migrated)
    file = tmp_path / "clinic.yaml"
    file.write_text(clinic_file(live))
    with serving(live, starter, f"import clinic {file}"):
        yield live


@pytest.fixture
def line(clinic: LiveClinic) -> Iterator[Line]:
    with line_to(clinic.url) as line:
        yield line


@pytest.fixture
def tablet(
    line: Line, browser_type: BrowserType, browser_type_launch_args: dict[str, Any], tmp_path
) -> Iterator[Tablet]:
    tablet = Tablet(browser_type, browser_type_launch_args, tmp_path / "tablet", line.url)
    yield tablet
    tablet.close()


def test_every_check_in_that_was_kept_is_stored_once(clinic, line, tablet):
    chance = random.Random(None if TORTURE else 7)
    kiosk = tablet.open()
    key = set_up_kiosk(kiosk, clinic)
    people = [*PINS, NOBODY]
    line_is_back = {
        *range(len(people) // 2, len(people), 10)
    }  # for a moment: killed while it sends
    others = sorted({*range(len(people))} - line_is_back)
    killed_after = line_is_back | {*chance.sample(others, KILLS - 1 - len(line_is_back))}
    line.cut(hangs=TORTURE)
    for n, pin in enumerate(people):
        check_in(kiosk, pin)
        if n in line_is_back:
            line.mend()
            kiosk.evaluate("dispatchEvent(new Event('online'))")
            kiosk.wait_for_timeout(chance.randrange(300))
        if n in killed_after:
            tablet.kill()
            line.cut(hangs=TORTURE and chance.random() < 1 / 2)
            kiosk = tablet.open()
            expect(kiosk.get_by_text("Please enter your PIN.")).to_be_visible()
    expect(kiosk.get_by_text("kept and will be sent.")).to_be_visible()
    tablet.kill()
    assert [text for text in (*PINS, NOBODY, key) if tablet.has_on_disk(text)] == []
    line.mend()
    kiosk = tablet.open()
    for _ in range(300):
        if stored(clinic, "kiosk_tap") < len(people):
            kiosk.wait_for_timeout(100)
    assert stored(clinic, "kiosk_tap where not is_refused") == PEOPLE
    assert stored(clinic, "kiosk_tap where is_refused") == 1
    assert stored(clinic, "booking where method = 'kiosk' and arrived_at is not null") == PEOPLE


def check_in(kiosk: Page, pin: str) -> None:
    kiosk.keyboard.type(pin)
    kiosk.keyboard.press("Enter")
    expect(kiosk.get_by_text(KEPT)).to_be_visible()


def stored(clinic: LiveClinic, what: str) -> int:
    with closing(sqlite3.connect(clinic.folder / "clinic.db")) as database:
        return database.execute(f"select count(*) from {what}").fetchone()[0]
