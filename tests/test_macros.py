"""The macros of fields and parts: every state has its shape and word, every field its ties."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from flask import Flask, get_template_attribute, render_template
from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, RadioField, SelectChoice, StringField
from wtforms.validators import InputRequired, Optional

from clinic.app import create_app
from clinic.enrollment.models import Outcome
from clinic.forms import Form
from clinic.hours.rules import Balance, Flag, State, Target, WeekOf
from clinic.schedule.models import Method, Status
from clinic.weekly import WeeklyTimes
from tests.html import Page

SPRITE = Path(__file__).parent.parent / "clinic/static/icons.svg"
ERRORS = ("refused", "400", "403", "404", "405", "409", "413", "429", "500", "503")
SHEETS = ("not started", "partly", "complete", "signed", "cancelled")

Draw = Callable[..., Page]


class Sample(Form):
    name = StringField("Name", validators=[InputRequired("Enter a name.")])
    nickname = StringField("Nickname", validators=[Optional()])
    color = RadioField("Color", choices=[SelectChoice("r", "Red"), SelectChoice("g", "Green")])
    is_new = BooleanField("New here")
    times = WeeklyTimes("Working hours")


@pytest.fixture(scope="module")
def without_database(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    folder = tmp_path_factory.mktemp("instance")
    return create_app(instance=folder, SQLALCHEMY_DATABASE_URI=f"sqlite:///{folder}/none/none.db")


@pytest.fixture
def bare(without_database: Flask) -> Iterator[Flask]:
    """The application without a database, answering somebody who is not signed in."""
    with without_database.test_request_context():
        yield without_database


@pytest.fixture
def part(bare: Flask) -> Draw:
    return lambda name, *facts: Page(get_template_attribute("macros/parts.html", name)(*facts))


@pytest.fixture
def field(bare: Flask) -> Draw:
    return lambda one, **more: Page(
        get_template_attribute("macros/field.html", "field")(one, **more)
    )


@pytest.mark.parametrize("state", [*State, *Status, *SHEETS, *Outcome, "active", "on leave"])
def test_a_state_shows_a_shape_of_the_sprite_and_a_word(part: Draw, state: str):
    badge = part("badge", state)
    shape = badge.all("use")[0].get("href").partition("#")[2]
    assert SPRITE.read_text().count(f'symbol id="{shape}"') == 1
    assert badge.texts("span") == [part("state_word", state).top.text]
    assert badge.texts("span") != [""]


def test_a_label_says_a_state_more_exactly(part: Draw):
    ten = datetime(2026, 3, 2, 15, tzinfo=UTC)
    row = SimpleNamespace(
        is_cancelled=False,
        status=Status.PRESENT,
        starts_at=ten,
        ends_at=ten + timedelta(hours=1),
        grace_minutes=5,
        arrived_at=ten + timedelta(minutes=12),
        left_at=None,
    )
    assert part("attendance_badge", row).texts("span", class_="is-warn") == ["Late, 12 min"]
    row.arrived_at = None
    assert part("attendance_badge", row).texts("span", class_="is-good") == ["Present"]
    early = SimpleNamespace(**vars(row), booking_id=1, method=Method.CARRIED, timezone="UTC")
    came = {1: datetime(2026, 3, 2, 8, 51, tzinfo=UTC)}
    for now, words in ((ten, "Present"), (ten - timedelta(minutes=1), "Checked in 8:51 am")):
        assert part("attendance_badge", early, now, came).texts("span", class_="badge") == [words]
    row.is_cancelled = True
    assert part("attendance_badge", row).texts("span", class_="is-quiet") == ["Cancelled"]


def test_no_two_week_states_have_the_same_shape(part: Draw):
    shapes = [part("badge", state).all("use")[0].get("href") for state in State]
    assert len(set(shapes)) == len(State)


NINE_TO_TWELVE = Target(date(2026, 3, 2), 540, 720, 3)


def week_of(delivered: int = 0, unconfirmed: int = 0, upcoming: int = 0, *flags: Flag) -> WeekOf:
    sums = Balance(delivered + unconfirmed + upcoming, delivered, unconfirmed, upcoming, 0, 0)
    return WeekOf(NINE_TO_TWELVE.from_on, NINE_TO_TWELVE, sums, State.ON_COURSE, 90, flags)


def test_a_bar_of_hours_says_in_words_what_it_shows(part: Draw):
    bar = part("week_bar", week_of(270, 90))
    assert bar.all("svg")[0].get("aria-label") == (
        "Done 4 h 30 min, not recorded 1 h 30 min, ahead 0 min, of 9 to 12 hours"
    )


def test_a_bar_of_hours_is_to_scale(part: Draw):
    bar = part("week_bar", week_of(360, 0, 180))
    widths = {
        name: [rect.get("width") for rect in bar.all("rect", class_=name)]
        for name in ("bar-delivered", "bar-unconfirmed", "bar-upcoming", "bar-band")
    }
    assert widths == {
        "bar-delivered": ["50.00%"],
        "bar-unconfirmed": [],
        "bar-upcoming": ["25.00%"],
        "bar-band": ["25.00%"],
    }


def test_a_slim_bar_is_as_wide_as_what_is_prescribed_or_planned(part: Draw):
    slim = part("week_line", week_of(270, 135, 0))
    assert [rect.get("width") for rect in slim.all("rect")] == ["100%", "50.00%", "25.00%"]
    assert slim.all("line") == []
    full = part("week_line", week_of(270, 0, 810))
    assert [rect.get("width") for rect in full.all("rect")] == ["100%", "25.00%", "75.00%"]
    assert full.all("line")[0].get("x1") == "50.00%"


def test_the_columns_of_weeks_have_their_day_hours_and_state(part: Draw):
    drawn = part("week_columns", [week_of(), week_of(540)])
    assert drawn.texts("li") == [
        "Mar 2 (0 min of 9 hours, on course)",
        "Mar 2 (9 h of 9 hours, on course)",
    ]
    assert [bar.get("height") for bar in drawn.all("rect", class_="bar-week")] == ["0.0", "50.9"]


def test_every_flag_of_a_week_has_its_words(part: Draw):
    notes = part("week_notes", week_of(0, 0, 0, *Flag), ["3 misses in a row", ""])
    assert notes.top.text == ("Too few days · Too many days · Mix not met · 3 misses in a row")


def test_more_than_the_maximum_is_said_of_the_plan(part: Draw):
    assert part("week_plan", week_of(720, 0, 30, Flag.OVER)).top.text == (
        "12 h 30 min planned, over the maximum of 12 h"
    )
    assert part("week_plan", week_of(720, 0, 30)).top.text == ""


def test_a_ring_never_shows_more_than_all(part: Draw):
    ring = part("ring", 5, 4, "5 of 4")
    assert ring.all("circle", class_="ring-done")[0].get("stroke-dasharray") == "100 100"


def test_a_field_is_tied_to_its_label_hint_and_error(field: Draw):
    form = Sample(MultiDict({"name": ""}), meta={"csrf": False})
    form.validate()
    drawn = field(form.name, hint="As on the card.")
    control = drawn.all("input")[0]
    assert control.get("aria-describedby") == "name-hint name-error"
    assert control.get("aria-invalid") == "true"
    assert [element.get("for") for element in drawn.all("label")] == ["name"]
    assert drawn.texts("div", id="name-error") == ["Enter a name."]


def weekly(**typed: str) -> Sample:
    return Sample(
        MultiDict({f"times-{name.replace('_', '-')}": text for name, text in typed.items()}),
        meta={"csrf": False},
    )


def test_a_row_of_weekly_times_is_a_group_with_its_days_and_times(field: Draw):
    form = weekly(**{"0_days": "2", "0_from": "08:00", "0_until": "16:00"})
    drawn = field(form.times, hint="A row each.")
    (fieldset,) = drawn.all("fieldset")
    assert (fieldset.get("id"), fieldset.get("aria-describedby")) == ("times", "times-hint")
    rows = [row.get("aria-label") for row in drawn.all("div", role="group")]
    assert rows == ["Row 1", "Row 2"]
    assert (drawn.value("times-0-from"), drawn.value("times-0-until")) == ("08:00", "16:00")
    boxes = drawn.all("input", type="checkbox", checked="")
    assert [(box.get("name"), box.get("value")) for box in boxes] == [("times-0-days", "2")]
    assert drawn.texts("button")[1:] == ["Remove row 1", "Add a row"]


def test_a_button_asks_for_a_row_more_or_less(field: Draw):
    typed = {"0_from": "08:00", "1_from": "09:00", "2_from": ""}
    assert len(weekly(**typed).times.rows) == 3
    assert len(weekly(**typed, more="1").times.rows) == 4
    assert [row.starts for row in weekly(**typed, **{"0_drop": "1"}).times.rows] == ["09:00", ""]


def test_what_is_wrong_with_a_row_of_weekly_times_stands_in_it(field: Draw):
    form = weekly(**{"0_from": "", "1_days": "2", "1_from": "16:00", "1_until": "08:00"})
    form.times.validate(form)
    drawn = field(form.times)
    wrong, *others = (
        row for row in drawn.all("div", role="group") if row.all("div", id="times-1-error")
    )
    assert others == []
    assert (wrong.get("aria-label"), wrong.get("aria-describedby")) == ("Row 2", "times-1-error")
    assert drawn.texts("div", class_="field-error") == form.times.errors
    marked = [one.get("id") for one in drawn.all("input") if one.get("aria-invalid")]
    assert marked == ["times-1-from", "times-1-until"]
    assert drawn.all("fieldset")[0].get("aria-describedby") == ""


def test_what_is_wrong_with_weekly_times_together_stands_above_them(field: Draw):
    form = weekly()
    form.times.errors = ["Two are at the same time."]
    drawn = field(form.times, id="again")
    assert drawn.all("fieldset", id="again")[0].get("aria-describedby") == "again-error"
    assert drawn.texts("div", id="again-error") == ["Two are at the same time."]


def test_a_field_keeps_what_was_typed_and_may_have_another_id(field: Draw):
    form = Sample(MultiDict({"nickname": "Jo"}), meta={"csrf": False})
    drawn = field(form.nickname, id="nickname-7", autocomplete="off")
    control = drawn.all("input")[0]
    assert [control.get(name) for name in ("id", "value", "autocomplete")] == [
        "nickname-7",
        "Jo",
        "off",
    ]
    assert drawn.texts("label") == ["Nickname optional"]


def test_choices_are_a_group_with_a_name(field: Draw):
    drawn = field(Sample(meta={"csrf": False}).color)
    assert drawn.texts("legend") == ["Color"]
    assert drawn.texts("label") == ["Red", "Green"]


def test_a_checkbox_stands_before_its_label(field: Draw):
    label = field(Sample(meta={"csrf": False}).is_new).all("label")[0]
    assert (label.get("for"), label.all("input")[0].get("id"), label.text) == (
        "is_new",
        "is_new",
        "New here",
    )


@pytest.mark.parametrize("name", ERRORS)
def test_an_error_page_needs_neither_a_sign_in_nor_a_database(bare: Flask, name: str):
    page = Page(render_template(f"errors/{name}.html", sentence="It is full."))
    assert page.problems == []
    assert page.links == {"Sign in": "/sign-in"}


@pytest.mark.parametrize("name", ERRORS)
def test_an_error_page_says_nothing_of_what_this_is(bare: Flask, name: str):
    words = render_template(f"errors/{name}.html", sentence="").lower()
    assert re.findall(r"clinic|participant|patient|therapy|recovery|attendance", words) == []
