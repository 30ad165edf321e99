"""The signature on the sheet of a session, and sheets that wait for one."""

from collections.abc import Callable, Collection, Iterable
from datetime import datetime
from functools import partial
from itertools import groupby
from typing import Final

from flask import Blueprint, Flask, current_app, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from clinic import clock
from clinic.attendance.queries import get_session, rows_on, signatures_on
from clinic.attendance.rules import counts, looked_at, why_not_close
from clinic.db import AnyRow
from clinic.errors import NotFound
from clinic.formats import day_short, told_apart
from clinic.names import sort_key
from clinic.paging import filter_asked, paged
from clinic.permissions import Permission
from clinic.programs.queries import sites
from clinic.programs.views import own_site, site_asked
from clinic.schedule.queries.sessions import leaders_of
from clinic.schedule.rules.words import session_name
from clinic.signing import actions, queries, rules
from clinic.signing.forms import SeveralForm, SignForm
from clinic.web import back_to, page, requires, scope
from clinic.web import looked_at as note_looks

bp = Blueprint("signing", __name__)
bp.add_app_template_filter(rules.is_license_valid, "license_valid")
bp.add_app_template_filter(rules.license_words)
bp.add_app_template_filter(rules.signature_words)
bp.add_app_template_filter(rules.state_of, "signing_state")

MOST_SHEETS: Final = 25  # on a page
YOURS, NOBODYS = "Led by you", "Nobody leads these"
EVERYTHING = "all"
ASKED = ("leader", "since", "site")  # in the address of the list


def install(app: Flask, *, signed: Callable[..., None]) -> None:
    """`signed`: is told which sheets were signed. A higher feature knows what that makes other."""
    app.extensions["signed"] = signed


@bp.get("/sessions/<int:session_id>/sign")
@bp.post("/sessions/<int:session_id>/sign")
@requires(Permission.SIGN_SHEETS)
def sign(session_id: int) -> ResponseReturnValue:
    now = clock.now()
    sheet = queries.get_sheet(session_id, scope())
    rows, names = _people([session_id])
    form = SignForm.of(rows[session_id], names[session_id])
    ask = partial(_sign_page, sheet, rows[session_id], names[session_id], form, now=now)
    if "rest" in request.form:
        form.choose_rest()
        return ask()
    if form.validate_on_submit() and form.attempt(lambda: _sign(session_id, form, now=now)):
        flash(rules.signed_words(1))
        return back_to("attendance.sheet", session_id=session_id)
    return ask()


def _sign(session_id: int, form: SignForm, *, now: datetime) -> None:
    actions.sign(
        get_session(session_id, scope=scope()),
        form.decided,
        staff_id=current_user.staff_id,
        seen=form.seen.data or "",
        may_for_others=scope() is None,
        by=current_user.actor,
        now=now,
    )
    _signed([session_id], now=now)


def _signed(session_ids: Collection[int], *, now: datetime) -> None:
    current_app.extensions["signed"](session_ids, by=current_user.actor, now=now)


def _sign_page(
    sheet: AnyRow, rows: list[AnyRow], names: dict[int, str], form: SignForm, *, now: datetime
) -> ResponseReturnValue:
    signed = signatures_on([sheet.id])[sheet.id]
    led = sheet.id in queries.led_among([sheet.id], current_user.staff_id)
    me = current_user.staff_id
    adds = rules.signs_for_added(signed, rows, me)
    why_not = why_not_close(sheet, rows, signed, now=now) or rules.why_not_by(
        me, is_leader=led, may_for_others=scope() is None, signed=() if adds else signed
    )
    form.seen.data = looked_at(sheet, rows)
    if not form.is_submitted():
        form.next.data = request.args.get("next")
    return page(
        "signing/sign.html",
        status=422 if form.errors else 200,
        sheet=sheet,
        title=_title(sheet, names.values()),
        zone=clock.zone(sheet.timezone),
        leaders=", ".join(row.name for row in leaders_of([sheet.id])[sheet.id]),
        rows=rows,
        names=names,
        counts=counts(rows),
        form=form,
        signed=signed,
        why_not=why_not,
        signer=None if why_not else queries.get_signer(me),
        attested=rules.attested(
            rules.NOW_ATTESTED, is_second=bool(signed) and not adds, is_on_behalf=not led
        ),
    )


@bp.get("/sheets")
@requires(Permission.SIGN_SHEETS)
def sheets() -> ResponseReturnValue:
    """Sheets that wait for a signature, by who led them: to be looked at, and signed in one go."""
    return _sheets_page(SeveralForm(formdata=None), now=clock.now())


@bp.post("/sheets")
@requires(Permission.SIGN_SHEETS)
def sign_several() -> ResponseReturnValue:
    now = clock.now()
    form = SeveralForm()
    if not form.validate_on_submit():
        return _sheets_page(form, now=now)
    chosen = form.sheets.data or []
    refused = actions.sign_several(
        chosen, scope=scope(), staff_id=current_user.staff_id, by=current_user.actor, now=now
    )
    found = queries.sheets_of([session_id for session_id, _ in chosen], scope())
    _, names = _people([*found])
    called = {
        each.id: f"{_title(each, names[each.id].values())}, {day_short(each.day)}"
        for each in found.values()
    }
    if signed := [session_id for session_id, _ in chosen if session_id not in refused]:
        _signed(signed, now=now)
        flash(rules.signed_words(len(signed), called.get(signed[0], "")))
    for session_id, why_not in refused.items():
        which = called.get(session_id)
        flash(f"{which}: {why_not}" if which else why_not, "warning")
    leader, since, site = (request.args.get(name) for name in ASKED)
    return redirect(url_for("signing.sheets", leader=leader, since=since, site=site))


def _sheets_page(form: SeveralForm, *, now: datetime) -> ResponseReturnValue:
    me, places = current_user.staff_id, sites()
    here = own_site(places, now) if places else None
    asked = {name: request.args.get(name, "") for name in ASKED}
    if asked["since"] not in {"", EVERYTHING}:
        raise NotFound
    today = here.today(now) if here else now.date()
    since = None if asked["since"] == EVERYTHING else today - queries.RECENT
    place = None if scope() is not None else site_asked(places, asked["site"])
    found = [
        each
        for each in queries.unsigned(since=since, scope=scope(), now=now)
        if place is None or each.site_id == place.id
    ]
    leaders = leaders_of([each.id for each in found])
    led = queries.led_among([each.id for each in found], me)
    leader = filter_asked(
        "leader",
        "Leader",
        "All leaders",
        {(one.staff_id, one.name) for each in found for one in leaders.get(each.id, ())},
        asked=asked["leader"],
        called=_called,
        first=me,
    )
    chosen = [
        each
        for each in found
        if not leader.chosen
        or leader.chosen in {str(one.staff_id) for one in leaders.get(each.id, ())}
    ]
    whose = {each.id: _whose(each, is_own=each.id in led) for each in chosen}
    listed = sorted(chosen, key=lambda each: whose[each.id])
    shown, paging = paged(listed, page=request.args.get("page", 1, type=int), most=MOST_SHEETS)
    rows, names = _people([each.id for each in shown])
    return page(
        "signing/sheets.html",
        status=422 if form.errors else 200,
        form=form,
        piles=[
            (heading, [*sheets])
            for (_, _, heading), sheets in groupby(shown, lambda each: whose[each.id])
        ],
        paging=paging,
        leader=leader,
        places=[] if scope() is not None else [(each.key, each.name) for each in places],
        site=place.key if place else "",
        since=asked["since"],
        recent=queries.RECENT.days,
        everything=EVERYTHING,
        is_limited=scope() is not None,
        led=led,
        me=me,
        signer=queries.get_signer(me) if me is not None else None,
        leaders=leaders,
        reader=here.zone if here else None,
        rows=rows,
        names=names,
        titles={each.id: _title(each, names[each.id].values()) for each in shown},
        counts={each: counts(people) for each, people in rows.items()},
        seen={each.id: looked_at(each, rows[each.id]) for each in shown},
        signed=signatures_on([each.id for each in shown]),
        attested=partial(rules.attested, rules.NOW_ATTESTED),
    )


def _called(staff_id: str) -> str:
    if not staff_id.isdecimal():
        raise NotFound
    return queries.get_signer(int(staff_id)).name


def _whose(sheet: AnyRow, *, is_own: bool) -> tuple[int, str, str]:
    """Where a sheet stands in the list, and under which heading: one's own come first."""
    if is_own:
        return 0, "", YOURS
    return (1, sort_key(sheet.lead), sheet.lead) if sheet.lead else (2, "", NOBODYS)


def _people(session_ids: list[int]) -> tuple[dict[int, list[AnyRow]], dict[int, dict[int, str]]]:
    """The rows of sheets and what their people are called there, by session; the look is noted."""
    rows = rows_on(session_ids)
    note_looks(row.participant_id for people in rows.values() for row in people)
    by_year = Permission.SEE_PARTICIPANTS in current_user.permissions
    return rows, {each: told_apart(people, by_year=by_year) for each, people in rows.items()}


def _title(sheet: AnyRow, names: Iterable[str]) -> str:
    with_topics = Permission.SEE_TOPICS in current_user.permissions
    return session_name(sheet, [*names], with_topics=with_topics)
