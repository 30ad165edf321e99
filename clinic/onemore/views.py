"""The one session, or the one seat, more that brings the most people their hours of a week."""

from collections import Counter
from collections.abc import Collection

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from clinic import clock, formats
from clinic.days import DAY, WEEK, Range, week_of
from clinic.errors import NotFound
from clinic.hours.queries import EnrollmentWeek, weeks_on
from clinic.onemore import queries, rules
from clinic.permissions import Permission
from clinic.programs.models import Site
from clinic.programs.queries import find_clinic
from clinic.programs.views import own_site, site_asked
from clinic.schedule.queries.offers import leaders_to_offer, rooms_to_offer
from clinic.web import day_asked, looked_at, page, requires, scope

bp = Blueprint("onemore", __name__)


@bp.get("/hours/one-more")
@requires(Permission.MANAGE_SCHEDULE)
def one_more() -> ResponseReturnValue:
    """Each leads on to the preview of the act."""
    now = clock.now()
    clinic = find_clinic()
    places, week_starts = clinic.sites, clinic.week_starts
    if not places:
        raise NotFound
    asked = site_asked(places, request.args.get("site"))
    here = asked or own_site(places, now)
    current = week_of(here.today(now), week_starts)
    week = week_of(day_asked("week", current), week_starts)
    if week not in {current, current + WEEK}:
        raise NotFound
    weeks_now = weeks_on(week, now=now, scope=scope(), programs=clinic.programs)
    short = [each for each in weeks_now if each.hours.missing and not each.is_closed]
    site = asked or _most_in_need(places, short, here)
    days = Range(week, week + WEEK - DAY)
    weeks = [each for each in short if each.program.site_id == site.id]
    people = queries.people_short(weeks, days, now=now)
    programs = list({each.program.id: each.program for each in weeks}.values())
    found = [
        rules.best(chances(site, days, programs, now=now), people) if people else None
        for chances in (queries.new_sessions, queries.full_sessions)
    ]
    looked_at(each.participant_id for one in found if one for each in one.people)
    return page(
        "onemore/one_more.html",
        site=site,
        sites=[(place.key, place.name) for place in places],
        week=week,
        week_label=formats.week_range(week, this_year=current.year),
        other_week=current + WEEK if week == current else current,
        is_current=week == current,
        number=len(people),
        # A seat more is less work than a session, where it brings as many people their hours.
        found=sorted(
            (one for one in found if one),
            key=lambda one: (-len(one.reach), one.chance.session is None),
        ),
        rooms={row.id: row for row in rooms_to_offer(site.id)},
        leaders={row.id: row.name for row in leaders_to_offer()},
        programs={each.id: each.name for each in programs},
    )


def _most_in_need(places: Collection[Site], short: Collection[EnrollmentWeek], here: Site) -> Site:
    """The site at which the most weeks fall short, or else one's own."""
    number = Counter(each.program.site_id for each in short)
    return max(places, key=lambda each: (number[each.id], each.id == here.id))
