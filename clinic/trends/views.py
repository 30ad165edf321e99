"""How many weeks were reached, week by week: of the clinic, and of one person."""

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from clinic import clock
from clinic.days import DAY, WEEK, week_of
from clinic.hours.queries import weeks_of
from clinic.permissions import Permission
from clinic.programs.queries import find_clinic
from clinic.programs.views import own_home, site_asked
from clinic.schedule.queries.people import get_whose
from clinic.told.queries import told_in
from clinic.trends import queries, rules
from clinic.web import looked_at, page, requires, scope

bp = Blueprint("trends", __name__)


@bp.get("/hours/trends")
@requires(Permission.SEE_HOURS)
def trends() -> ResponseReturnValue:
    now = clock.now()
    clinic = find_clinic(with_programs=False)
    organization, places, _ = clinic
    if organization is None:
        return page("not_set_up.html", administrators=[])
    site = site_asked(places, request.args.get("site"))
    here = own_home(now, clinic)
    weeks = rules.weeks_back(here.week)
    rows = queries.weeks_of_all(weeks, now=now, site_id=site.id if site else None, scope=scope())
    whole = rules.line_of("All", rows, weeks)
    found, unknown = rules.foreseen_in(rows, told_in(weeks))
    return page(
        "trends/trends.html",
        weeks=weeks,
        last_day=here.week - DAY,
        whole=whole,
        columns=rules.share_columns(whole, weeks),
        sections=[
            ("program", "By program", "Program", rules.by_program(rows, weeks)),
            (
                "part",
                "By time of day",
                "When most of the week was planned",
                rules.by_part(rows, weeks, queries.parts_of(weeks, organization)),
            ),
            ("clinician", "By clinician", "Clinician today", rules.by_clinician(rows, weeks)),
        ],
        foreseen=found,
        foreseen_words=rules.foreseen_words(found, weeks),
        unknown=unknown,
        is_own=scope() is not None,
        sites=[(place.key, place.name) for place in places],
        site=site.key if site else "",
    )


@bp.get("/hours/trends/<int:enrollment_id>")
@requires(Permission.SEE_HOURS)
def person(enrollment_id: int) -> ResponseReturnValue:
    """One enrollment's weeks, the one that runs the last of them."""
    found = get_whose(enrollment_id, scope())
    looked_at([found.participant_id])
    now = clock.now()
    here = own_home(now)
    last = min(here.week, week_of(found.until_on or here.today, here.week_starts))
    rows = weeks_of([found.id], now=now, first=last - (rules.WEEKS - 1) * WEEK, last=last)
    weeks = [each.hours for each in rows]
    columns = rules.week_columns(weeks)
    return page(
        "trends/person.html",
        whose=found,
        weeks=weeks,
        columns=columns,
        scale=rules.scale_of(columns),
        this=here.week,
    )
