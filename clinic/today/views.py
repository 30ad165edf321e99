from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from clinic import clock
from clinic.accounts.queries import administrators
from clinic.attendance.queries import held_on, rows_on, signatures_on
from clinic.authorizations.queries import dues_on
from clinic.days import DAY, week_of
from clinic.db import AnyRow
from clinic.formats import clock_at, day_short, told_apart
from clinic.hours.queries import weeks_on
from clinic.kiosk.queries import refused_taps
from clinic.kiosk.rules import INBOX
from clinic.names import sort_key
from clinic.paging import KeyOf, in_order, order_asked, paged
from clinic.permissions import Permission
from clinic.policy.queries import Alerted, alerts_on
from clinic.policy.rules import asks
from clinic.programs.models import Site
from clinic.programs.queries import Clinic, find_clinic, get_organization, programs, sites
from clinic.programs.views import ALL, own_site, site_asked, site_shown
from clinic.schedule.models import Method
from clinic.schedule.queries.amendments import amendments_on
from clinic.schedule.queries.bookings import carried_from
from clinic.schedule.queries.sessions import leaders_of
from clinic.schedule.rules.words import session_name
from clinic.today import queries, rules
from clinic.today.rules import Line
from clinic.web import day_asked, looked_at, page, requires, scope

bp = Blueprint("today", __name__)
bp.add_app_template_filter(rules.sheet_needs)
bp.add_app_template_filter(rules.sheet_state)
bp.add_app_template_filter(rules.until_words)

MOST_ROWS = 200  # on a page of alerts
ORDER = (
    "amendment",
    "claim",
    "gone",
    "caseload",
    "room",
    "away",
    "license",
)  # of what is known of staff and rooms
TASK, WEEK_TO_CLOSE, AUTHORIZATION = "task", "week", "authorization"


@bp.get("/today")
@requires(Permission.SEE_SCHEDULE)
def today() -> ResponseReturnValue:
    now = clock.now()
    may, me = current_user.permissions, current_user.staff_id
    clinic = find_clinic(with_programs=Permission.SEE_HOURS in may)
    organization, places, _ = clinic
    if organization is None:
        if Permission.SET_UP_CLINIC in may:
            return redirect(url_for("setup.guide"))
        return page("not_set_up.html", administrators=administrators())
    site = site_shown(places, request.args.get("site"), now, is_limited=scope() is not None)
    here = site or own_site(places, now)  # whose day it is
    day_now = here.today(now)
    day = day_asked("day", day_now)
    is_today = day == day_now
    limits = {"site_id": site.id if site else None, "scope": scope()}
    board = queries.board(day - queries.LOOK_BACK if is_today else day, day, own=me, **limits)
    shown = [each for each in board.sessions if each.day == day]
    signs = Permission.SIGN_SHEETS in may
    unfinished = queries.open_sheets(board.sessions, until_signed=signs, now=now)
    taps = _refused_taps(site, now) if is_today else []
    people = [row for each in (*shown, *unfinished) for row in board.people.get(each.id, ())]
    people += [tap for tap in taps if tap.participant_id]
    looked_at(row.participant_id for row in people)
    names = told_apart(people, by_year=Permission.SEE_PARTICIPANTS in may)
    called = {
        each.id: session_name(
            each,
            [names[row.participant_id] for row in board.people.get(each.id, ())],
            with_topics=Permission.SEE_TOPICS in may,
        )
        for each in (*shown, *unfinished)
    }
    led = board.led_by(me) if me is not None else set()
    own = [each for each in shown if each.id in led]
    coming = rules.next_of(own, now) if is_today else None
    above = own if scope() is None else [each for each in own if each is coming]
    parts = queries.parts_of([each for each in shown if each not in above], organization)
    part_now = queries.part_at(now, here.zone, organization)
    away = board.away(day, now=now)
    zones = {place.id: place.zone for place in places}
    lines = [
        *_tap_lines(taps, names, here, places, now=now),
        *rules.sheet_lines(
            unfinished,
            board.leaders,
            led,
            lambda one: called[one.id],
            lambda one: clock_at(one.starts_at, zones[one.site_id], here.zone),
            signs=signs,
            today=day_now,
        ),
        *(_attention(day_now, clinic, now, site=site, away=away) if is_today else ()),
    ]
    return page(
        "today/today.html",
        now=now,
        day=day,
        is_today=is_today,
        previous_day=day - DAY,
        next_day=day + DAY,
        sites={place.id: place for place in places},
        site=site.key if site else ALL,
        reader=here.zone,
        called=called,
        leaders=board.leaders,
        coming=coming,
        own=[each for each in above if each is not coming],
        parts=parts,
        now_at=(part_now, rules.place_of_now(parts[part_now], now)) if is_today else None,
        open_doors={
            each.id for each in shown if rules.has_open_doors(each, organization.doors_minutes, now)
        },
        most_lines=rules.MOST_LINES,
        away=away,
        lines=sorted(lines, key=lambda line: not (line.tap or line.is_urgent)),
    )


@bp.get("/today/sheets")
@requires(Permission.SEE_SCHEDULE)
def sheets() -> ResponseReturnValue:
    """All sheets of a day, to be printed: for a day without power, or for the file."""
    now = clock.now()
    places = sites()
    if not places:
        return page("not_set_up.html", administrators=administrators())
    site = site_shown(places, request.args.get("site"), now, is_limited=scope() is not None)
    day = day_asked("day", (site or own_site(places, now)).today(now))
    limits = {"site_id": site.id if site else None, "scope": scope()}
    shown = [each for each in queries.sessions_on(day, **limits) if not each.is_cancelled]
    rows = rows_on([each.id for each in shown])
    everybody = [row for each in rows.values() for row in each]
    looked_at(row.participant_id for row in everybody)
    by_year = Permission.SEE_PARTICIPANTS in current_user.permissions
    return page(
        "today/sheets.html",
        now=now,
        day=day,
        clinic=get_organization(),
        sites={place.id: place for place in places},
        places=[(place.key, place.name) for place in places],
        site=site.key if site else "",
        sessions=shown,
        rows=rows,
        names={each: told_apart(people, by_year=by_year) for each, people in rows.items()},
        leaders=leaders_of(list(rows)),
        held=held_on(list(rows)),
        signed=signatures_on(list(rows)),
        came=carried_from([row.id for row in everybody if row.method is Method.CARRIED]),
        amended=amendments_on(list(rows)),
    )


def _tap_lines(
    taps: Iterable[AnyRow],
    names: Mapping[int, str],
    here: Site,
    places: Iterable[Site],
    *,
    now: datetime,
) -> Iterator[Line]:
    sites = {place.id: place for place in places}

    def time_of(tap: AnyRow) -> str:
        at, site = tap.at or tap.received, sites[tap.site_id]
        on = site.today(at)
        time = clock_at(at, site.zone, here.zone)
        return time if on == site.today(now) else f"{day_short(on)}, {time}"

    return rules.tap_lines(taps, names, time_of)


def _attention(
    day: date,
    clinic: Clinic,
    now: datetime,
    *,
    site: Site | None,
    away: dict[int, list[AnyRow]],
) -> Iterator[Line]:
    """Weeks in danger, misses, who is away or whose license runs out, of what one may see."""
    may = current_user.permissions
    limits = {"site_id": site.id if site else None, "scope": scope()}
    values = {"site": site.key} if site else {}
    if Permission.SEE_HOURS in may:
        week = week_of(day, clinic.week_starts)
        weeks = [
            each
            for each in weeks_on(week, now=now, scope=scope(), programs=clinic.programs)
            if (site is None or each.program.site_id == site.id)
            and scope() in {None, each.clinician_id}
        ]
        states = [each.hours.state for each in weeks if not each.is_closed]
        yield from rules.hours_lines(states, values)
    if Permission.SEE_PARTICIPANTS in may:
        missed = alerts_on(day, now=now, **limits)
        if missed:
            yield rules.missed_line(len(missed), values)
    found = queries.notices(
        day,
        **limits,
        with_caseloads=Permission.SEE_PARTICIPANTS in may and scope() is None,
        with_licenses=Permission.MANAGE_STAFF in may,
        with_amendments=current_user.actor.id
        if Permission.RECORD_ATTENDANCE in may and scope() is None
        else None,
        with_claims=Permission.DO_BILLING in may,
        with_authorizations=Permission.SEE_HOURS in may,
        with_tasks=Permission.DO_TASKS in may,
        now=now,
    )
    if any(row.about == AUTHORIZATION for row in found):
        dues = dues_on(now, clinic, **limits)
        yield from rules.authorization_lines([each.due for each in dues], values)
    whose = {} if scope() is None else {"whose": "own"}
    due = [row.first < day for row in found if row.about == TASK]
    yield from rules.task_lines(due, values | whose)
    for row in found:
        if row.about == WEEK_TO_CLOSE:
            yield rules.short_weeks_line(row, values | whose)
    found = [row for row in found if row.about in ORDER]
    cards = {row.staff_id: one for one in reversed(away) for row in away[one]}
    for row in sorted(found, key=lambda row: ORDER.index(row.about)):
        yield rules.notice_line(row, day, cards)


def _refused_taps(site: Site | None, now: datetime) -> Sequence[AnyRow]:
    if Permission.SEE_KIOSK_INBOX not in current_user.permissions:
        return []
    return refused_taps(site.id if site else None, now - INBOX)


ALERT_COLUMNS: dict[str, KeyOf[Alerted]] = {
    "name": lambda each: sort_key(each.name),
    "program": lambda each: sort_key(each.program),
    "latest": lambda each: each.last_missed_on,
}


@bp.get("/attendance-alerts")
@requires(Permission.SEE_PARTICIPANTS)
def attendance_alerts() -> ResponseReturnValue:
    now = clock.now()
    places = sites()
    if not places:
        return page("not_set_up.html", administrators=administrators())
    site = site_asked(places, request.args.get("site"))
    today = (site or own_site(places, now)).today(now)
    offered = [program.name for program in programs()]
    program = request.args.get("program", "")
    found = alerts_on(today, site_id=site.id if site else None, now=now, scope=scope())
    order = order_asked(request.args.get("sort", ""), ALERT_COLUMNS, "name")
    chosen = (each for each in found if program in {"", each.program})
    listed = in_order(chosen, ALERT_COLUMNS, order)
    number = request.args.get("page", 1, type=int)
    people, paging = paged(listed, page=number, most=MOST_ROWS)
    looked_at(person.participant_id for person in people)
    return page(
        "today/attendance_alerts.html",
        sites=[(place.key, place.name) for place in places],
        site=site.key if site else "",
        programs=[(name, name) for name in offered if name in {each.program for each in found}],
        program=program,
        order=order,
        people=people,
        paging=paging,
        asks=asks(get_organization()),
    )
