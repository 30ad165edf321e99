from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from clinic import clock
from clinic.accounts.queries import administrators
from clinic.days import week_of
from clinic.formats import clock_time, counted, day_numeric, day_short, short_name
from clinic.hours.queries import weeks_on
from clinic.hours.rules import State
from clinic.kiosk.queries import refused_taps
from clinic.permissions import Permission
from clinic.policy.queries import alerts_on, policy_of
from clinic.programs.models import Site
from clinic.programs.queries import get_organization, sites
from clinic.schedule.rules.words import zone_note
from clinic.today import queries
from clinic.web import day_asked, looked_at, page, requires, scope

bp = Blueprint("today", __name__)

INBOX = timedelta(days=7)
IN_DANGER = {
    State.NEEDS_MAKE_UP: ("needs a make-up", "need a make-up"),
    State.OUT_OF_REACH: ("cannot reach their hours", "cannot reach their hours"),
}


@bp.get("/today")
@requires(Permission.SEE_SCHEDULE)
def today() -> ResponseReturnValue:
    now = clock.now()
    clinic = queries.find_clinic()
    if clinic is None:
        if Permission.SET_UP_CLINIC in current_user.permissions:
            return redirect(url_for("setup.guide"))
        return page("not_set_up.html", administrators=administrators())
    places = clinic.sites
    site = next((place for place in places if place.key == request.args.get("site")), None)
    first_zone = (site or places[0]).zone
    day_now = clock.day_of(now, first_zone)
    day = day_asked("day", day_now)
    limits = {"site_id": site.id if site else None, "scope": scope()}
    with_topics = Permission.SEE_TOPICS in current_user.permissions
    week = week_of(day_now, clinic.organization.week_starts)
    recent = queries.sessions_until(day_now, **limits)
    return page(
        "today/today.html",
        day=day,
        is_today=day == day_now,
        previous_day=day - timedelta(days=1),
        next_day=day + timedelta(days=1),
        sites=[(place.key, place.name) for place in places],
        site=site.key if site else "",
        zone_note=zone_note(*(place.timezone for place in ([site] if site else places))),
        parts=queries.parts_of(
            recent.get(day) or queries.sessions_on(day, **limits),
            with_topics=with_topics,
            sheet_path=url_for("attendance.sheet", session_id=0).removesuffix("0"),
            now=now,
        ),
        attention=_attention(recent, day_now, week, now, with_topics=with_topics, **limits),
        refused_taps=_refused_taps(site, places, now),
    )


def _attention(
    recent: queries.Days,
    day: date,
    week: date,
    now: datetime,
    *,
    site_id: int | None,
    scope: int | None,
    with_topics: bool,
) -> list[dict[str, str]]:
    """What cannot wait: weeks in danger, misses, sheets left open, who is away or runs out."""
    permissions = current_user.permissions
    items = []
    if Permission.SEE_HOURS in permissions:
        items += _weeks_in_danger(week, now, site_id=site_id, scope=scope)
    if Permission.SEE_PARTICIPANTS in permissions:
        items += _misses(day, site_id=site_id, scope=scope)
    items += [
        {
            "css": "doubt",
            "text": f"{sheet.title}, {day_short(sheet.day)}",
            "detail": f"{counted(sheet.unmarked, 'person', 'people')} still unmarked",
            "href": url_for("attendance.sheet", session_id=sheet.id),
        }
        for sheet in queries.open_sheets(recent, with_topics=with_topics, now=now)
    ]
    notices = queries.notices(
        day,
        site_id=site_id,
        scope=scope,
        with_licenses=Permission.MANAGE_STAFF in permissions,
        now=now,
    )
    return items + _staff_away(notices.away) + _licenses(notices.licenses, day)


def _weeks_in_danger(
    week: date, now: datetime, *, site_id: int | None, scope: int | None
) -> list[dict[str, str]]:
    states = [
        each.hours.state
        for each in weeks_on(week, now=now, scope=scope)
        if site_id is None or each.person.program.site_id == site_id
    ]
    return [
        {
            "css": "bad",
            "text": f"{counted(number, 'person', 'people')} {one if number == 1 else many}",
            "detail": "Their hours of this week fall short of what is prescribed",
            "href": url_for("hours.week", state=state.value),
        }
        for state, (one, many) in IN_DANGER.items()
        if (number := states.count(state))
    ]


def _misses(day: date, *, site_id: int | None, scope: int | None) -> list[dict[str, str]]:
    number = len(alerts_on(day, site_id=site_id, scope=scope))
    if not number:
        return []
    return [
        {
            "css": "warn",
            "text": f"{counted(number, 'person', 'people')} missed too often",
            "detail": "As many misses as the attendance policy allows, or more",
            "href": url_for("today.attendance_alerts"),
        }
    ]


def _staff_away(away: Iterable[queries.Away]) -> list[dict[str, str]]:
    return [
        {
            "css": "warn",
            "text": f"{each.name} is away",
            "detail": f"{counted(each.sessions, 'session')} of theirs {_days(each)}",
            "href": url_for("today.today", day=each.first),
        }
        for each in away
    ]


def _days(each: queries.Away) -> str:
    if each.first == each.last:
        return f"on {day_short(each.first)}"
    return f"from {day_short(each.first)} to {day_short(each.last)}"


def _licenses(licenses: Iterable[queries.License], day: date) -> list[dict[str, str]]:
    return [
        {
            "css": "bad" if each.expires_on < day else "doubt",
            "text": f"{each.name}: license",
            "detail": f"{'Expired' if each.expires_on < day else 'Expires'}"
            f" on {day_numeric(each.expires_on)}",
            "href": url_for("staff.member", staff_id=each.staff_id),
        }
        for each in licenses
    ]


def _refused_taps(site: Site | None, places: Any, now: datetime) -> list[dict[str, str]]:
    if Permission.SEE_KIOSK_INBOX not in current_user.permissions:
        return []
    zones = {place.id: place.zone for place in places}
    taps = refused_taps(site.id if site else None, now - INBOX)
    looked_at(tap.participant_id for tap in taps if tap.participant_id)
    return [
        {
            "id": tap.id,
            "time": _moment(tap.at or tap.received, zones[tap.site_id], now),
            "device": tap.device,
            "why": f"{short_name(tap.name, tap.preferred_name)}: {tap.why}"
            if tap.name
            else tap.why,
        }
        for tap in taps
    ]


def _moment(at: datetime, zone: Any, now: datetime) -> str:
    if clock.day_of(at, zone) == clock.day_of(now, zone):
        return clock_time(at, zone)
    return f"{day_short(clock.day_of(at, zone))}, {clock_time(at, zone)}"


@bp.get("/attendance-alerts")
@requires(Permission.SEE_PARTICIPANTS)
def attendance_alerts() -> ResponseReturnValue:
    now = clock.now()
    places = sites()
    if not places:
        return page("not_set_up.html", administrators=administrators())
    today = places[0].today(now)
    people = alerts_on(today, scope=scope())
    looked_at(person.participant_id for person in people)
    return page(
        "today/attendance_alerts.html",
        people=people,
        asks=policy_of(get_organization()).asks,
        path=url_for("records.participant", participant_id=0).removesuffix("0"),
    )
