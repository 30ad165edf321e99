from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from functools import partial
from itertools import chain
from typing import Any

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from clinic import clock
from clinic.authorizations.queries import beyond_of
from clinic.authorizations.rules import beyond_part, more_beyond
from clinic.authorizations.views import why_beyond
from clinic.consequences import Change, Consequences, Part
from clinic.days import WEEK, WEEKDAYS, week_of
from clinic.db import AnyRow
from clinic.errors import NotFound
from clinic.formats import counted, day_short
from clinic.forms import refuse_unseen, seen_of, to_choose
from clinic.groups.rules import Lacking, first_lacking, lacking_part
from clinic.hours.queries import weeks_of
from clinic.names import sort_key
from clinic.paging import Filter, KeyOf, in_order, order_asked
from clinic.permissions import Permission
from clinic.preview import Shown, consider, is_asked, saved, typed_changes
from clinic.programs.queries import Clinic, find_clinic, program_filter
from clinic.programs.views import own_home
from clinic.schedule.actions import groups as actions
from clinic.schedule.forms import EndForm, SeriesForm, facts_of
from clinic.schedule.models import Series
from clinic.schedule.queries.changes import days_by_hand
from clinic.schedule.queries.offers import (
    leaders_to_offer,
    programs_to_offer,
    rooms_to_offer,
)
from clinic.schedule.queries.rosters import members_of
from clinic.schedule.queries.series import (
    attended_since,
    get_group,
    get_series,
    groups_found,
    most_taken,
    next_sessions,
    series_of_leader,
    who_leads,
)
from clinic.schedule.queries.staff import leader_filter
from clinic.schedule.rules.changes import stays_words
from clinic.schedule.rules.series import LATELY, share_lately
from clinic.schedule.rules.words import (
    Standing,
    group_name,
    session_changes,
    session_name,
    standing,
)
from clinic.web import form_page, looked_at, page, reads_first, requires, roster_scope, scope

bp = Blueprint("groups", __name__)

FORM = "groups/form.html"
SHOWN_SESSIONS = 8
WEEKS_AHEAD = 4  # after this one, that are looked at for whom a change leaves short
BEGUN_STAYS = "Sessions that have begun do not change."


@bp.get("/groups")
@requires(Permission.SEE_TOPICS)
def groups() -> ResponseReturnValue:
    now = clock.now()
    words = request.args.get("q", "").strip()
    shown = request.args.get("show", "")
    order = order_asked(request.args.get("sort", ""), COLUMNS, "when")
    rows = groups_found(scope(), words)
    places = [
        place for _, *place in sorted({(row.site_id, row.site_key, row.site) for row in rows})
    ]
    site = request.args.get("site", "")
    led = who_leads([row.id for row in rows])
    filters = _filters(rows, led)
    rows = [row for row in rows if site in {"", row.site_key} and _is_asked(row, led, filters)]
    by_standing: dict[str, list[AnyRow]] = {each: [] for each in Standing}
    for row in rows:
        today = clock.day_of(now, clock.zone(row.timezone))
        by_standing[standing(today, from_on=row.from_on, until_on=row.until_on)].append(row)
    number = {each: len(found) for each, found in by_standing.items()}
    going = number[Standing.RUNNING] + number[Standing.COMING]
    chosen = [shown] if shown in set(Standing) else (Standing.RUNNING, Standing.COMING)
    ids = [row.id for each in chosen for row in by_standing[each]]
    here = own_home(now)
    leaders = {each: [name for _, name in led[each]] for each in ids}
    booked = most_taken(ids, after=now)
    weeks = attended_since(ids, here.week - (2 * LATELY - 1) * WEEK, now=now)
    shares = {each: share_lately(weeks[each], this=here.week) for each in ids}
    keys = _keys(leaders, booked, shares)
    return page(
        "groups/groups.html",
        query=words,
        shown=shown if shown in set(Standing) else "",
        number=number,
        going=going,
        chips=[each for each in Standing if each == shown or _narrows(each, number[each], going)],
        listed={each: in_order(by_standing[each], keys, order) for each in chosen},
        order=order,
        filters=filters,
        leaders=leaders,
        booked=booked,
        attended=weeks,
        shares=shares,
        sites=places,
        site=site,
        reader=here.zone,
        home=here,
    )


COLUMNS = ("when", "name", "free", "attended")


def _narrows(which: Standing, number: int, going: int) -> bool:
    """Whether these groups are others than those that are listed without asking for them."""
    return number > 0 and (which is Standing.OVER or number < going)


Led = Mapping[int, Sequence[tuple[int, str]]]  # group to its leaders, by id and name


def _filters(rows: Sequence[AnyRow], led: Led) -> list[Filter]:
    """The programs and leaders of these groups, and the days of the week."""
    program, day, leader = (request.args.get(name, "") for name in ("program", "day", "leader"))
    days = [(str(number), name) for number, name in enumerate(WEEKDAYS)]
    if day and day not in dict(days):
        raise NotFound
    return [
        program_filter(((row.program_key, row.program) for row in rows), asked=program),
        Filter("day", "Day", "Any day", days, day),
        leader_filter(chain.from_iterable(led.values()), asked=leader, own=current_user.staff_id),
    ]


def _is_asked(row: AnyRow, led: Led, filters: Sequence[Filter]) -> bool:
    program, day, leader = (each.chosen for each in filters)
    leads = {"", *(str(staff_id) for staff_id, _ in led[row.id])}
    return program in {"", row.program_key} and day in row.weekdays and leader in leads


def _keys(
    leaders: Mapping[int, Sequence[str]],
    booked: Mapping[int, int],
    shares: Mapping[int, tuple[int | None, int | None]],
) -> dict[str, KeyOf[AnyRow]]:
    """What the columns of the list sort by."""
    return {
        "when": lambda row: (row.weekdays, row.starts),
        "name": lambda row: sort_key(session_name(row, leaders[row.id])),
        "free": lambda row: row.seats - booked.get(row.id, 0),
        "attended": lambda row: shares[row.id][0],
    }


@bp.get("/groups/<int:series_id>")
@requires(Permission.SEE_TOPICS)
def group(series_id: int) -> ResponseReturnValue:
    return _group_page(get_group(series_id, scope()), now=clock.now())


@bp.route("/groups/new", methods=["GET", "POST"])
@requires(Permission.MANAGE_SCHEDULE)
@reads_first
def new() -> ResponseReturnValue:
    now = clock.now()
    form = SeriesForm()
    programs = programs_to_offer()
    form.program.choices = to_choose((each.id, each.name) for each in programs)
    form.offer(rooms=rooms_to_offer(), leaders=leaders_to_offer())
    shown = Shown("Set up a group", url_for("groups.groups"), "Groups", save="Set up anyway")
    ask = partial(form_page, FORM, form, shown=shown, submit_text="Set up", group=None)
    if not form.is_submitted():
        form.seats.data = form.seats.data or 12
    if not is_asked(form):
        return ask()
    doubts = actions.doubts(form.series(), now=now)
    made: list[int] = []

    def set_up() -> Consequences | None:
        series, changes = actions.set_up(form.series(), by=current_user.actor, now=now)
        made.append(series.id)
        return (
            _consequences(
                "Before it is set up", session_changes(*changes), doubts, typed_changes(form)
            )
            if doubts
            else None
        )

    def done(_found: Consequences | None) -> ResponseReturnValue:
        flash(f"{form.title.data} is set up. Add people here.")
        return redirect(url_for("groups.group", series_id=made[-1]))

    return consider(form, set_up, shown=shown, ask=ask, done=done)


@bp.route("/groups/<int:series_id>/edit", methods=["GET", "POST"])
@requires(Permission.MANAGE_SCHEDULE)
@reads_first
def edit(series_id: int) -> ResponseReturnValue:
    now = clock.now()
    series = get_group(series_id, scope())
    back = url_for("groups.group", series_id=series_id)
    called = group_name(series)
    shown = Shown(f"Change {called}", back, called)
    facts = _typed(series)
    form = SeriesForm(data=facts | {"seen": seen_of(facts)})
    programs = programs_to_offer(site_id=series.site_id, already=series.program_id)
    form.program.choices = [(each.id, each.name) for each in programs]
    form.offer(
        rooms=rooms_to_offer(series.site_id, already=series.plan.room_id),
        leaders=leaders_to_offer(series.plan.leader_ids),
    )

    def ask() -> ResponseReturnValue:
        group = beside_group(series_id, now=now)
        return form_page(FORM, form, shown=shown, submit_text="See what changes", group=group)

    if not is_asked(form):
        return ask()
    doubts = actions.doubts(form.series(), now=now)
    today = series.site.today(now)
    members = {each.enrollment_id: each for each in members_of(series_id, today=today)}
    clinic = find_clinic()
    covered = beyond_of(members, clinic, now=now)
    lacked = _lacking(members, clinic, today, now=now)

    def rearrange() -> Consequences | None:
        current = get_series(series_id)
        refuse_unseen(form, _typed(current))
        changes = actions.rearrange(current, form.series(), by=current_user.actor, now=now)
        typed = typed_changes(form)
        stays = stays_words(days_by_hand(series_id, now=now)) if typed else None
        if not (any(changes) or doubts or stays):
            return None
        sentences = [*session_changes(*changes), *([stays] if stays else []), BEGUN_STAYS]
        found = _consequences("What this changes", sentences, doubts, typed)
        clinic = find_clinic()
        lacking = first_lacking(lacked, _lacking(members, clinic, today, now=now))
        found = _with_hours(found, lacking, members)
        beyond = tuple(more_beyond(covered, beyond_of(members, clinic, now=now)))
        if not beyond:
            return found
        whose = {more.enrollment_id: members[more.enrollment_id] for more in beyond}
        looked_at(member.participant_id for member in whose.values())
        part = beyond_part(beyond, {each: member.name for each, member in whose.items()})
        return found._replace(parts=(*found.parts, part), beyond=beyond)

    done = saved(f"{form.title.data} is changed.", back)
    return consider(form, rearrange, shown=shown, ask=ask, done=done, reason=why_beyond(now))


def beside_group(series_id: int, *, now: datetime, limit: int = 4) -> dict[str, Any]:
    """Who is on a group, its seats and its next sessions, for a page about it."""
    series = get_series(series_id)
    today = series.site.today(now)
    members = members_of(series_id, today=today)
    looked_at(member.participant_id for member in members)
    return {
        "program": series.program.name,
        "members": members,
        "taken": most_taken([series_id], after=now).get(series_id, 0),
        "seats": series.plan.seats,
        "sessions": next_sessions(series_id, now=now, limit=limit, scope=scope()),
        "today": today,
    }


def _lacking(
    members: Mapping[int, AnyRow], clinic: Clinic, since: date, *, now: datetime
) -> Lacking:
    """What the week of a day and the next ones of these lack, as things stand inside this
    transaction."""
    if not members:
        return {}
    first = week_of(since, clinic.week_starts)
    last, programs = first + WEEKS_AHEAD * WEEK, clinic.programs
    return {
        (each.enrollment_id, each.hours.week): each.hours.missing
        for each in weeks_of(list(members), now=now, first=first, last=last, programs=programs)
    }


def _with_hours(
    found: Consequences,
    lacking: Mapping[int, tuple[date, int]],
    members: Mapping[int, AnyRow],
) -> Consequences:
    """The same, with whom it leaves short of their hours, who were not before or not as much."""
    if not lacking:
        return found
    looked_at(members[each].participant_id for each in lacking)
    part = lacking_part(lacking, {each: members[each].name for each in lacking})
    return found._replace(parts=(*found.parts, part))


def _consequences(
    heading: str, sentences: Sequence[str], doubts: Sequence[str], changes: tuple[Change, ...] = ()
) -> Consequences:
    typed = (Part(changes=changes),) if changes else ()
    return Consequences((*typed, Part(heading, tuple(sentences))), tuple(doubts))


@bp.post("/groups/<int:series_id>/end")
@requires(Permission.MANAGE_SCHEDULE)
@reads_first
def end(series_id: int) -> ResponseReturnValue:
    now = clock.now()
    series = get_group(series_id, scope())
    called, today = group_name(series), series.site.today(now)
    back = url_for("groups.group", series_id=series_id)
    form = EndForm()

    def ask() -> ResponseReturnValue:
        return _group_page(get_group(series_id, scope()), now=now, end_form=form)

    if not is_asked(form):
        return ask()
    last = form.until_on.day
    since = max(today, last)
    members = {each.enrollment_id: each for each in members_of(series_id, today=today)}
    lacked = _lacking(members, find_clinic(), since, now=now)

    def finish() -> Consequences | None:
        series = get_group(series_id, scope())
        gone = actions.end(series, until_on=last, by=current_user.actor, now=now)
        stays = stays_words(days_by_hand(series_id, now=now, after=last))
        if not (gone or stays):
            return None
        lacking = first_lacking(lacked, _lacking(members, find_clinic(), since, now=now))
        return _with_hours(_end(last, gone, stays, members.values()), lacking, members)

    done = saved(f"{called} ends with {day_short(form.until_on.day)}.", back)
    shown = Shown("End this group", back, called, called, save="End this group", kind="danger")
    return consider(form, finish, shown=shown, ask=ask, done=done)


def _end(last: date, gone: int, stays: str | None, members: Collection[AnyRow]) -> Consequences:
    """What an end takes: sessions, and the places of whoever is on it longer."""
    longer = [each for each in members if each.until_on is None or each.until_on > last]
    looked_at(member.participant_id for member in longer)
    sentences = [
        f"Its last day is {day_short(last)}.",
        *session_changes(0, 0, gone),
        "What was attended stays. A later last day, under “Change the plan”, brings all back.",
    ]
    whom = counted(len(longer), "person loses their place", "people lose their places")
    names = (Part(whom, tuple(member.name for member in longer)),) if longer else ()
    warnings = (f"{stays} Cancel what is not to take place.",) if stays else ()
    return Consequences((Part("What this changes", tuple(sentences), lists=names),), warnings)


def _group_page(
    series: Series, *, now: datetime, end_form: EndForm | None = None
) -> ResponseReturnValue:
    group = beside_group(series.id, now=now, limit=SHOWN_SESSIONS)
    today = group["today"]
    manages = roster_scope()
    return page(
        "groups/group.html",
        status=422 if end_form and end_form.errors else 200,
        series=series,
        standing=standing(today, from_on=series.from_on, until_on=series.until_on),
        booked=group["taken"],
        members=group["members"],
        manages=manages,
        leads=manages is None or series.id in series_of_leader(manages),
        sessions=group["sessions"],
        today=today,
        reader=own_home(now).zone,
        now=now,
        end_form=end_form or EndForm(formdata=None, until_on=today),
    )


def _typed(series: Series) -> dict[str, Any]:
    """The form of a group as it would be typed."""
    plan = series.plan
    return facts_of(plan) | {
        "program": series.program_id,
        "title": series.title,
        "weekdays": list(plan.weekdays),
        "starts": plan.starts,
        "ends": plan.ends,
        "break_minutes": plan.break_minutes,
        "every_weeks": plan.every_weeks,
        "from_on": series.from_on,
        "until_on": series.until_on,
        "is_open_to_make_ups": series.is_open_to_make_ups,
    }
