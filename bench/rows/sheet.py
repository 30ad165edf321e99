from collections.abc import Callable, Iterable
from contextvars import copy_context
from datetime import timedelta
from functools import partial
from html import escape
from typing import Any
from zoneinfo import ZoneInfo

from flask import g, get_template_attribute, render_template

from bench.clinics import NOON, Clinic, Size, asking, clinic, sign_in, stopped_clock
from bench.measure import Bench, Result, Row, cpu_in_turn, measures
from bench.rows.statements import todays_sheet
from clinic.formats import field_time
from clinic.schedule.models import ABSENT, Method, Status
from clinic.schedule.rules.words import METHODS, attendance_label, is_late, minutes_late
from clinic.web import Page

SHEET = Row(
    9,
    "session sheet of 200 people, GET",
    "its template from ready rows",
    "ms CPU",
    2.0,
)
PIECE = Row(18, "a row of that sheet", "a plain loop that writes the same", "µs CPU", 2.0, most=100)
BYTES = Row(18, "its bytes", "1 kB", "bytes", 1.0)


@measures(SHEET, PIECE, BYTES)
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
            draw = get_template_attribute("attendance/_rows.html", "rows_of")
            before_id = made.app.jinja_env.globals["path_before_id"]
            paths = {
                "participant_path": before_id("records.participant"),
                "booking_path": before_id("stories.booking"),
            }
        known = page.context | paths
        facts = {name: known[name] for name in draw.arguments}
        ready = partial(there.run, render_template, page.template, **page.context)
        drawn, plain = partial(there.run, draw, **facts), partial(_plain, **facts)
        assert ready().count("data-row>") == 200
        assert drawn() == plain()
        piece = cpu_in_turn(bench, PIECE, drawn, plain)
        each = [[ms * 1000 / 200 for ms in figures] for figures in (piece.real, piece.floor)]
        size = len(drawn().encode()) / 200
        return [
            cpu_in_turn(bench, SHEET, real, ready),
            Result(PIECE, *each),
            Result(BYTES, [size], [1000.0]),
        ]


def _plain(
    rows: Iterable[Any],
    session: Any,
    zone: ZoneInfo,
    participant_path: str,
    names: dict[int, str],
    *,
    is_on: bool,
    **_facts: Any,
) -> str:
    """The rows of people who are marked, as they would be written by hand."""
    place = f' data-zone="{zone.key}"' if is_on else ""
    parts = [f'<ol id="sheet" class="sheet" data-row-keys="p,l,e,,n"{place}>\n']
    for row in rows:
        name = escape(names[row.participant_id])
        late, mark = is_late(row, session), f"{row.id}.{row.version}."
        by = f"Late, {minutes_late(row, session)} min" if late else "Late"
        method = "" if row.method is Method.STAFF else f"<small>{METHODS[row.method]}</small>"
        at = f' value="{field_time(row.arrived_at, zone)}"' if row.arrived_at else ""
        pressed = {status: "true" if row.status is status else "false" for status in Status}
        on_time = "true" if row.status is Status.PRESENT and not late else "false"
        times = f"""<details><summary>Times…</summary><div>
<label>Arrived <input type="time" name="{row.id}-arrived"{at}></label><label>Left <input type="time" name="{row.id}-left"></label>
"""  # noqa: E501 - as it stands on the page
        if row.status in ABSENT:
            times = "<details><summary>Reason…</summary><div>\n"
        parts.append(
            f"""<li class="row is-{"late" if late else row.status}" id="row-{row.id}" tabindex="-1" data-row>
<p id="who-{row.id}"><a href="{participant_path}{row.participant_id}">{name}</a></p>
<p><b>{attendance_label(row, session)}</b> {method}</p>
<div role="group" aria-labelledby="who-{row.id}">
<button name="mark" value="{mark}present" aria-pressed="{on_time}">Present</button>
<button name="mark" value="{mark}late" aria-pressed="{"true" if late else "false"}">{by}</button>
<button name="mark" value="{mark}excused" aria-pressed="{pressed[Status.EXCUSED]}">Excused</button>
<button name="mark" value="{mark}late-cancel" aria-pressed="{pressed[Status.LATE_CANCEL]}">Late cancel</button>
<button name="mark" value="{mark}no-show" aria-pressed="{pressed[Status.NO_SHOW]}">No-show</button>
{times}<label>Reason <input name="{row.id}-reason"></label>
<button name="mark" value="{mark}save">Save</button>
<button name="mark" value="{mark}expected">Back to expected</button></div></details>
</div>
</li>
"""  # noqa: E501 - as it stands on the page
        )
    return "".join([*parts, "</ol>"])


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
