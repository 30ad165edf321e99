"""How many steps the work of every day takes: each task once, as its user does it, and counted.

A step is a field that is filled, or a press of a button, a link or a key; a load is a page that the
browser asks for. `pytest -s` shows the table.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

import pytest
from playwright.sync_api import Browser, Locator, Page, Request, expect

from tests.journeys.live import MINUTE, LiveClinic, serving
from tests.journeys.steps import accept_invitation, heading, invite, row
from tests.starter import Starter

IN_DANGER = ("Grace Hill", "Kofi Mensah", "Lena Park")
MOST = {  # steps and loads of a task, and what it took before the pages were made from the moment
    "Attendance of 10, 2 late, 1 no-show": (6, 1, "9"),
    "Whose week is in danger and why, three people": (1, 1, "7"),
    "A clinician's own week": (1, 1, "4"),
    "Enroll somebody new, on three groups": (9, 3, "13"),
    "Move somebody to another group": (4, 3, "11"),
    "Record leave": (6, 3, "11"),
    "Step somebody down": (7, 3, "13"),
    "Invite whoever has just been enrolled": (1, 1, "3 and mail"),
    "Find a person at the desk": (1 + len("ma"), 0, "impossible"),
}


class Took(NamedTuple):
    """What a task took."""

    steps: int
    loads: int


class Counter:
    """What somebody does on a page, as they do it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.steps = self.loads = 0
        page.on("request", self._asked)

    def _asked(self, request: Request) -> None:
        is_page = request.is_navigation_request() and request.frame == self.page.main_frame
        self.loads += is_page and request.redirected_from is None

    def press(self, thing: Locator) -> None:
        self.steps += 1
        thing.click()

    def key(self, *keys: str) -> None:
        self.page.wait_for_load_state()  # its script knows the keys
        for each in keys:
            self.steps += 1
            self.page.keyboard.press(each)

    def fill(self, field: Locator, words: str) -> None:
        self.steps += 1
        field.fill(words)

    def link(self, name: str) -> None:
        self.press(self.page.get_by_role("link", name=name, exact=True))

    def button(self, name: str) -> None:
        self.press(self.page.get_by_role("button", name=name, exact=True))

    @contextmanager
    def task(self, name: str, took: dict[str, Took]) -> Iterator[None]:
        self.steps = self.loads = 0
        yield
        took[name] = Took(self.steps, self.loads)


@pytest.fixture(scope="module")
def clinic(
    browser: Browser, tmp_path_factory: pytest.TempPathFactory, migrated: Path, starter: Starter
) -> Iterator[LiveClinic]:
    """The clinic of the journeys with ten people on the process group, of whom three are on no
    other, a third group, and a program to step down to."""
    live = LiveClinic(tmp_path_factory.mktemp("clinic"), migrated)
    file = live.folder / "clinic.yaml"
    file.write_text(with_more(live))
    live.environ |= {"CLINIC_BASE_URL": live.url, "CLINIC_MAIL_URL": "smtp://127.0.0.1:9"}
    with serving(live, starter, f"import clinic {file}"):
        yield live


def with_more(clinic: LiveClinic) -> str:
    at = clinic.at
    starts, ends = at.skills_to + 15 * MINUTE, at.skills_to + 75 * MINUTE
    names = (*IN_DANGER, "Omar Said")
    groups = ("[process]",) * 3 + ("[process, skills, walk]",)
    file = at.clinic_file()
    days = file.partition("title: Process group")[2].partition("days: [")[2].partition("]")[0]
    plan = (
        f'days: [{days}], start: "{starts:%H:%M}", end: "{ends:%H:%M}",'
        f" kind: group, seats: 10, from: {at.today}"
    )
    program = (
        "- {key: after, name: Aftercare, site: main, level: aftercare, population: adult,"
        " weekly_hours: {min: 1, max: 3}, weeks: 8}\n"
    )
    series = (
        "- {key: walk, program: day, title: Walking group, room: garden, leaders: [rivera],"
        f" {plan}}}\n"
        f"- {{key: evening, program: after, title: Aftercare group, room: blue, {plan}}}\n"
    )
    people = "".join(f"- {{key: p-01{n}, name: {name}}}\n" for n, name in enumerate(names))
    file = file.replace("series:\n-", f"{program}series:\n{series}-", 1)
    file = file.replace("name: Priya Raman,", "name: Priya Raman, email: priya@example.org,")
    file = file.replace("participants:\n", f"participants:\n{people}", 1)
    return file + "".join(
        f"- {{key: e-01{n}, participant: p-01{n}, program: day, from: {at.week},"
        f" clinician: rivera, series: {on}}}\n"
        for n, on in enumerate(groups)
    )


def test_the_work_of_every_day_takes_few_steps(clinic, sit_down):
    took: dict[str, Took] = {}
    tablet = sit_down(tablet=True)
    accept_invitation(tablet, clinic.flask("users", "invite", "--email", "ana@example.org")[-1])
    as_a_clinician(Counter(tablet), took)
    desk = sit_down()
    accept_invitation(desk, invite(clinic, "Lee Marsh", "coordinator"))
    as_a_coordinator(Counter(desk), clinic, took)
    door = sit_down()
    accept_invitation(door, invite(clinic, "Kim Vance", "front_desk"))
    at_the_desk(Counter(door), took)
    for name, (steps, loads, before) in MOST.items():
        found = took[name]
        line = f"{name:50}{before:>12} -> {found.steps} steps, {found.loads} loads"
        print(f"\n{line}", end="")  # noqa: T201 - the table
        assert found.steps <= steps, name
        assert found.loads <= loads, name


def as_a_clinician(ana: Counter, took: dict[str, Took]) -> None:
    with ana.task("Whose week is in danger and why, three people", took):
        ana.link("Hours")
        for name in IN_DANGER:
            line = ana.page.get_by_role("row").filter(has_text=name)
            expect(line).to_contain_text("6 h of 9 h planned")
    with ana.task("A clinician's own week", took):
        ana.link("My week")
        expect(heading(ana.page)).to_have_text("My week")
        expect(ana.page.get_by_role("link", name="Process group").first).to_be_visible()
    ana.link("Today")
    with ana.task("Attendance of 10, 2 late, 1 no-show", took):
        ana.press(row(ana.page, "Process group").get_by_role("link").first)
        for name, mark in (("Devin O.", "Late"), ("Maria C.", "Late"), ("Priya R.", "No-show")):
            ana.press(row(ana.page, name).get_by_role("button", name=mark, exact=True))
        ana.button("All still unmarked: present")
        expect(ana.page.locator("#counts")).to_contain_text("9 of 10 here")
    ana.link("Devin O.")
    with ana.task("Move somebody to another group", took):
        ana.link("Move Skills group")
        ana.press(ana.page.get_by_role("radio", name="Walking group"))
        ana.button("See what it changes")
        ana.button("Save")
        expect(ana.page.get_by_text("goes from Skills group to Walking group")).to_be_visible()


def as_a_coordinator(lee: Counter, clinic: LiveClinic, took: dict[str, Took]) -> None:
    day = clinic.at.today + timedelta(days=3)
    expect(heading(lee.page)).to_have_text("Today")
    with lee.task("Enroll somebody new, on three groups", took):
        lee.link("Participants")
        lee.link("New participant")
        lee.fill(lee.page.get_by_label("Name", exact=True), "Jordan Avery")
        lee.press(lee.page.get_by_role("radio", name="Day IOP"))
        for group in ("Process group", "Skills group", "Walking group"):
            lee.press(lee.page.get_by_role("checkbox", name=group))
        lee.button("See what it changes")
        lee.button("Save")
        expect(heading(lee.page)).to_have_text("Next step")
    open_person(lee.page, "Maria Castillo")
    with lee.task("Record leave", took):
        change(lee, "Record leave in Day IOP")
        lee.fill(lee.page.get_by_label("First day away"), f"{day}")
        lee.fill(lee.page.get_by_label("Last day away"), f"{day}")
        lee.button("See what it changes")
        lee.button("Save")
        expect(heading(lee.page)).to_have_text("Maria Castillo")
    open_person(lee.page, "Priya Raman")
    with lee.task("Step somebody down", took):
        change(lee, "Step down or transfer in Day IOP")
        lee.fill(lee.page.get_by_label("First day"), f"{day}")
        lee.press(lee.page.get_by_role("checkbox", name="Aftercare group"))
        lee.button("See what it changes")
        lee.button("Save")
        expect(heading(lee.page)).to_have_text("Next step")
    with lee.task("Invite whoever has just been enrolled", took):
        lee.button("Invite by e-mail")
        expect(lee.page.get_by_text("An invitation goes to priya@")).to_be_visible()


def open_person(page: Page, name: str) -> None:
    page.goto("/participants")
    page.get_by_role("link", name=name, exact=True).click()
    expect(heading(page)).to_have_text(name)


def change(who: Counter, act: str) -> None:
    who.press(who.page.get_by_text("Change enrollment"))
    who.link(act)


def at_the_desk(kim: Counter, took: dict[str, Took]) -> None:
    expect(heading(kim.page)).to_have_text("Today")
    with kim.task("Find a person at the desk", took):
        kim.key("/", "m", "a")
        expect(kim.page.get_by_role("link", name="Maria Castillo")).to_be_visible()
