from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from flask import Blueprint, current_app, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from clinic import clock
from clinic.accounts.queries import administrators
from clinic.days import DAY
from clinic.db import AnyRow
from clinic.errors import or_not_found
from clinic.formats import iso_local
from clinic.permissions import Permission
from clinic.programs.models import Program, Site
from clinic.programs.queries import get_organization, programs, sites
from clinic.programs.views import own_home
from clinic.samples import queries, rules
from clinic.samples.forms import DrawForm
from clinic.samples.queries import Visit, Which
from clinic.samples.rules import LINKS, MOST
from clinic.schedule.queries.sessions import leaders_of
from clinic.schedule.rules.words import session_name
from clinic.spreadsheets import csv_lines
from clinic.tokens import new_digits
from clinic.web import form_page, looked_at, page, requires, this_page

bp = Blueprint("samples", __name__)

SEED = 8  # digits
LATER = ("identity", "topic")  # columns that came later, and so come last
COLUMNS = (
    *("seed", "number", "participant", "day", "start", "session"),
    *(name for name in LINKS if name not in LATER),
    *("missing", *LATER),
)


class Asked(NamedTuple):
    """What a mock audit is to draw, as the address says it."""

    form: DrawForm
    site: Site | None
    program: Program | None
    seed: str

    @property
    def which(self) -> Which:
        site, program = self.site, self.program
        return Which(self.form.days, site.id if site else None, program.id if program else None)


class Drawn(NamedTuple):
    """The days that were drawn, each with its sessions, of how many."""

    days: Sequence[tuple[AnyRow, Sequence[Visit]]]
    total: int


@bp.get("/audits")
@requires(Permission.AUDIT_RECORDS)
def audit() -> ResponseReturnValue:
    """Days of participants by a seed, as payers draw them, each with every link of its record."""
    now = clock.now()
    places, offered = sites(), programs()
    if not places:
        return page("not_set_up.html", administrators=administrators())
    here, clinic = own_home(now), get_organization()
    asked = _asked(places, offered, here.today)
    is_drawn = asked.form.validate() and "from" in request.args
    if is_drawn and not asked.seed:
        return redirect(this_page(seed=new_digits(SEED)))
    found = _draw(asked, now=now) if is_drawn else None
    return form_page(
        "samples/audit.html",
        asked.form,
        asked=asked,
        found=found,
        result=rules.result_of([_chains(each) for _, each in found.days]) if found else None,
        leaders=leaders_of({visit.row.session_id for _, its in found.days for visit in its})
        if found
        else {},
        links=rules.links_asked(asks_identity=clinic.asks_identity),
        most=MOST,
        places=places,
        programs=offered,
        clinic=clinic.name,
        reader=here.zone,
        now=now,
    )


@bp.get("/audits/file")
@requires(Permission.AUDIT_RECORDS)
def file() -> ResponseReturnValue:
    """The same draw as a file, a session a line."""
    now = clock.now()
    asked = _asked(sites(), programs(), clock.day_of(now, own_home(now).zone))
    if not asked.form.validate() or not asked.seed:
        return redirect(url_for("samples.audit"))
    lines = csv_lines(_records(asked, _draw(asked, now=now)), COLUMNS)
    return current_app.response_class(
        "".join(lines),
        mimetype="text/csv",
        headers={"Content-Disposition": f'attachment; filename="mock-audit-{asked.seed}.csv"'},
    )


def _asked(places: Sequence[Site], offered: Sequence[Program], today: date) -> Asked:
    """The month before, where the address names no days."""
    last = today.replace(day=1) - DAY
    seed = (letter for letter in request.args.get("seed", "") if letter.isascii())
    return Asked(
        DrawForm(last.replace(day=1), last),
        _chosen("site", places),
        _chosen("program", offered),
        "".join(filter(str.isalnum, seed))[:40],
    )


def _chosen(name: str, offered: Sequence[Any]) -> Any:
    """The one whose key the address names, or none where it names none."""
    key = request.args.get(name)
    return or_not_found(next((e for e in offered if e.key == key), None)) if key else None


def _draw(asked: Asked, *, now: datetime) -> Drawn:
    days = queries.days_of(asked.which, now=now)
    number = asked.form.number.data or rules.USUAL
    drawn = rules.drawn(days, seed=asked.seed, number=number)
    looked_at(each.participant_id for each in drawn)
    with_topics = Permission.SEE_TOPICS in current_user.permissions
    visits = queries.visits_on(drawn, asked.which, with_topics=with_topics, now=now)
    return Drawn([(each, visits[each.participant_id, each.day]) for each in drawn], len(days))


def _chains(visits: Sequence[Visit]) -> list[Mapping[str, rules.Link]]:
    return [visit.chain for visit in visits]


def _records(asked: Asked, found: Drawn) -> Iterator[dict[str, Any]]:
    knows_topics = Permission.SEE_TOPICS in current_user.permissions
    for number, (day, visits) in enumerate(found.days, start=1):
        for row, chain in visits:
            yield {
                "seed": asked.seed,
                "number": number,
                "participant": day.key,
                "day": day.day.isoformat(),
                "start": iso_local(row.starts_at, clock.zone(row.timezone)),
                "session": session_name(row, with_topics=knows_topics),
                **{name: link.words for name, link in chain.items()},
                "missing": rules.missing_words(chain),
            }
