from collections.abc import Callable
from contextvars import copy_context
from datetime import timedelta
from functools import partial
from typing import Any

from flask import g, render_template

from bench.clinics import NOON, Clinic, Size, asking, clinic, sign_in, stopped_clock
from bench.measure import Bench, Result, Row, cpu_in_turn, measures
from bench.rows.statements import todays_sheet
from clinic.web import Page

SHEET = Row(
    9,
    "session sheet of 200 people, GET",
    "its template from ready rows",
    "ms CPU",
    2.0,
)


@measures(SHEET)
def sheet(bench: Bench) -> list[Result]:
    day = NOON.date()
    size = Size(people=200, group=200, first=day - timedelta(days=14), last=day)
    with clinic(bench, size) as made, stopped_clock(NOON):
        path = todays_sheet(made)
        real = asking(made.app, path, cookie=sign_in(made, now=NOON))
        page, user = _answered(made, real)
        with made.app.test_request_context(path):
            g._login_user = user  # noqa: SLF001 - where Flask-Login keeps it
            there = copy_context()
        floor = partial(there.run, render_template, page.template, **page.context)
        assert floor().count("data-row") == 200
        return [cpu_in_turn(bench, SHEET, real, floor)]


def _answered(made: Clinic, ask: Callable[[], bytes]) -> tuple[Page, Any]:
    """What the view hands to its template, and whom it is shown to."""
    found: list[tuple[Page, Any]] = []
    make = made.app.make_response

    def make_response(answer: Any) -> Any:
        found.append((answer, g._login_user))  # noqa: SLF001 - the same
        return make(answer)

    made.app.make_response = make_response  # type: ignore[method-assign]
    ask()
    made.app.make_response = make  # type: ignore[method-assign]
    return found[0]
