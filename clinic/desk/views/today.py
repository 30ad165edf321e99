from datetime import date, datetime, timedelta
from typing import Any

from flask import request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from clinic import clock
from clinic.desk import rules
from clinic.desk.queries import board
from clinic.desk.views import bp
from clinic.formats import clock_time, counted, day_short, short_name
from clinic.hours.queries import weeks_on
from clinic.hours.rules import State
from clinic.kiosk.queries import refused_taps
from clinic.permissions import Permission
from clinic.programs.models import Site
from clinic.programs.queries import get_organization, sites
from clinic.programs.rules import week_of
from clinic.web import day_asked, looked_at, page, requires, scope

INBOX = timedelta(days=7)
IN_DANGER = {
    State.NEEDS_MAKE_UP: ("needs a make-up", "need a make-up"),
    State.OUT_OF_REACH: ("cannot reach their hours", "cannot reach their hours"),
}


@bp.get("/today")
@requires(Permission.SEE_SCHEDULE)
def today() -> ResponseReturnValue:
    now = clock.now()
    places = sites()
    if not places:
        return page("desk/not_set_up.html")
    site = next((place for place in places if place.key == request.args.get("site")), None)
    first_zone = clock.zone((site or places[0]).timezone)
    day_now = clock.day_of(now, first_zone)
    day = day_asked("day", day_now)
    limits = {"site_id": site.id if site else None, "scope": scope()}
    with_topics = Permission.SEE_TOPICS in current_user.permissions
    recent = board.sessions_until(day_now, **limits)
    return page(
        "desk/today.html",
        day=day,
        is_today=day == day_now,
        previous_day=day - timedelta(days=1),
        next_day=day + timedelta(days=1),
        sites=[(place.key, place.name) for place in places],
        site=site.key if site else "",
        zone_note=rules.zone_note(place.timezone for place in ([site] if site else places)),
        parts=board.parts_of(
            recent.get(day) or board.sessions_on(day, **limits),
            with_topics=with_topics,
            sheet_path=url_for("attendance.sheet", session_id=0).removesuffix("0"),
            now=now,
        ),
        attention=_attention(recent, day_now, now, with_topics=with_topics, **limits),
        refused_taps=_refused_taps(site, places, now),
    )


def _attention(
    recent: board.Days,
    day: date,
    now: datetime,
    *,
    site_id: int | None,
    scope: int | None,
    with_topics: bool,
) -> list[dict[str, str]]:
    """What cannot wait: sheets left open, and weeks in danger."""
    items = [
        {
            "css": "doubt",
            "text": f"{sheet.title}, {day_short(sheet.day)}",
            "detail": f"{counted(sheet.unmarked, 'person', 'people')} still unmarked",
            "href": url_for("attendance.sheet", session_id=sheet.id),
        }
        for sheet in board.open_sheets(recent, with_topics=with_topics, now=now)
    ]
    if Permission.SEE_HOURS not in current_user.permissions:
        return items
    week = week_of(day, get_organization().week_starts)
    states = [
        each.hours.state
        for each in weeks_on(week, now=now, scope=scope)
        if site_id is None or each.person.program.site_id == site_id
    ]
    in_danger = [
        {
            "css": "bad",
            "text": f"{counted(number, 'person', 'people')} {one if number == 1 else many}",
            "detail": "Their hours of this week fall short of what is prescribed",
            "href": url_for("hours.week", state=state.value),
        }
        for state, (one, many) in IN_DANGER.items()
        if (number := states.count(state))
    ]
    return in_danger + items


def _refused_taps(site: Site | None, places: Any, now: datetime) -> list[dict[str, str]]:
    if Permission.SEE_KIOSK_INBOX not in current_user.permissions:
        return []
    zones = {place.id: clock.zone(place.timezone) for place in places}
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
