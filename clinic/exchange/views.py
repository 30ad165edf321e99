from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date, datetime

from flask import Blueprint, Response, current_app, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from clinic import clock
from clinic.days import DAY, WEEK, Range, usual_periods
from clinic.exchange.actions.records import note_taken
from clinic.exchange.forms import RecordsForm
from clinic.exchange.queries.records import Which, participants_with, records_of
from clinic.exchange.rules.records import (
    COLUMNS,
    Table,
    file_name,
)
from clinic.participants.queries import find_participant
from clinic.permissions import Permission
from clinic.programs.queries import find_program, find_site, programs, sites
from clinic.programs.views import own_home
from clinic.spreadsheets import Record, csv_lines
from clinic.web import day_asked, form_page, locked, looked_at, page, reads_first, requires

bp = Blueprint("exchange", __name__)


@bp.route("/exports", methods=["GET", "POST"])
@requires(Permission.EXPORT_RECORDS)
@reads_first
def exports() -> ResponseReturnValue:
    """Records of the whole clinic as a file: whoever may take them away sees all of it anyway."""
    now = clock.now()
    places = sites()
    if not places:
        return page("not_set_up.html", administrators=[])
    home = own_home(now)
    form = RecordsForm(data=_asked_for(home.week))
    form.offer(places, programs())
    if not form.validate_on_submit():
        periods = usual_periods(home.today, home.week)
        return form_page("exchange/exports.html", form, periods=periods)
    return _file(Table(form.what.data), _which(form), now=now)


def _asked_for(week: date) -> dict[str, object]:
    """What the address names; the week before where it names no days."""
    last_week = week - WEEK
    days = {
        "from_on": day_asked("from_on", last_week),
        "until_on": day_asked("until_on", last_week + WEEK - DAY),
    }
    return days | {
        name: request.args.get(name, "") for name in ("what", "site", "program", "person")
    }


def _which(form: RecordsForm) -> Which:
    site = find_site(form.site.data) if form.site.data else None
    person = find_participant(form.person.data) if form.person.data else None
    return Which(
        Range(form.from_on.day, form.until_on.day),
        site_id=site.id if site else None,
        program=find_program(form.program.data) if form.program.data else None,
        person=(person.id, person.key) if person else None,
        with_topics=Permission.SEE_TOPICS in current_user.permissions,
    )


def _file(table: Table, which: Which, *, now: datetime) -> ResponseReturnValue:
    """The file, made before anything is locked; who took it is kept with the lock."""
    seen: Counter[str] = Counter()  # by the participants' keys

    def noted(records: Iterable[Record]) -> Iterator[Record]:
        for record in records:
            seen[record.get("participant", "")] += 1
            yield record

    lines = csv_lines(noted(records_of(table, which, now=now)), COLUMNS[table])
    body = b"".join(line.encode() for line in lines)
    looked_at(participants_with(seen.keys()))

    name = file_name(table, which.days)

    def give() -> Response:
        note_taken(table, which, number=seen.total(), by=current_user.actor, now=now)
        return current_app.response_class(
            body,
            mimetype="text/csv",
            headers={"Content-Disposition": f'attachment; filename="{name}"'},
        )

    return locked(give)
