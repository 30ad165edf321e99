"""Kiosks that staff open with a PIN of their own: to find people by name, and to unpair."""

import functools
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from werkzeug.exceptions import RequestEntityTooLarge

from clinic import clock, trail
from clinic.accounts.actions import count_try, forget_tries
from clinic.accounts.queries import pause
from clinic.attendance.actions import take_back
from clinic.codes.queries import code_of, in_room
from clinic.codes.rules import minute_of, seconds_left
from clinic.codes.views import shown
from clinic.db import AnyRow, transaction
from clinic.errors import BadInput, NotFound, refuse_if
from clinic.formats import time_range, told_apart
from clinic.kiosk.actions import shut_out
from clinic.kiosk.models import Station
from clinic.kiosk.rules import clock_words
from clinic.kiosk.views import NOT_SET_UP
from clinic.pairing.queries import get_kiosk
from clinic.permissions import Permission
from clinic.programs.queries import rooms_of
from clinic.programs.views import own_home
from clinic.stations import actions, forms, queries, rules
from clinic.stations.forms import Asked
from clinic.stations.queries import User
from clinic.tokens import fingerprint, keyed
from clinic.web import keeps_own_transactions, page, requires

bp = Blueprint("stations", __name__)

Answer = Callable[[Asked, AnyRow, datetime], ResponseReturnValue]
View = Callable[[], ResponseReturnValue]

BY_KIOSKS: list[View] = []  # a device key in a header, no cookie


def _for_kiosks(rule: str) -> Callable[[Answer], View]:
    """Have kiosks ask a view: the device key stands for a sign-in, and so does what was opened with
    a staff PIN."""

    def register(answer: Answer) -> View:
        view = requires(Permission.ANYONE)(keeps_own_transactions(_asked_by_kiosk(answer)))
        BY_KIOSKS.append(view)
        return bp.post(rule)(view)

    return register


def _asked_by_kiosk(answer: Answer) -> View:
    """A view for a kiosk with its key: JSON in and out, what is refused as a sentence."""

    @functools.wraps(answer)
    def view() -> ResponseReturnValue:
        key = request.authorization.token if request.authorization else None
        try:
            asked, problem = forms.asked(request.get_data()), ""
        except (BadInput, RequestEntityTooLarge) as bad:
            asked, problem = forms.NOTHING, str(bad)

        def answered() -> ResponseReturnValue:
            with transaction():
                station = queries.get_station(fingerprint(key or ""))
                return ({"error": problem}, 400) if problem else answer(asked, station, clock.now())

        try:
            return actions.attempt(answered)
        except NotFound:
            return {"error": NOT_SET_UP}, 401, {"WWW-Authenticate": "Bearer"}

    return view


@bp.get("/kiosk/search")
@requires(Permission.ANYONE)
def search() -> ResponseReturnValue:
    """The page of a kiosk on which the front desk finds people by name."""
    return page("stations/search.html")


@_for_kiosks("/kiosk/unlock")
def unlock(asked: Asked, station: AnyRow, now: datetime) -> ResponseReturnValue:
    bucket = keyed("throttle", f"staff pin:{station.device_id}")
    if not count_try(bucket, longest=rules.LONGEST_PAUSE, now=now):
        return _too_many(pause(bucket, longest=rules.LONGEST_PAUSE, now=now))
    opened = actions.unlock(asked.pin, station, now=now)
    if opened is None:
        return {"error": rules.WRONG}, 422
    forget_tries(bucket)
    user, token = opened
    return {
        "unlock": token,
        "name": user.name,
        "idle_seconds": rules.IDLE // timedelta(seconds=1),
        "kiosk": station.name,
        "site": station.site,
        "kind": station.kind.value,
        "clock": clock_words(station.clock_ahead),
        "may_unpair": rules.may_unpair(user.permissions),
    }


def _too_many(wait: timedelta) -> ResponseReturnValue:
    seconds = str(-(-wait // timedelta(seconds=1)))
    return {"error": rules.too_many(wait)}, 429, {"Retry-After": seconds}


@_for_kiosks("/kiosk/lock")
def lock(asked: Asked, station: AnyRow, now: datetime) -> ResponseReturnValue:
    actions.lock(asked.unlock, station, now=now)
    return {}


@_for_kiosks("/kiosk/unpair")
def unpair(asked: Asked, station: AnyRow, now: datetime) -> ResponseReturnValue:
    user = actions.use(asked.unlock, station, now=now)
    refuse_if(None if rules.may_unpair(user.permissions) else rules.NOT_YOURS)
    shut_out(get_kiosk(station.device_id), by=user.actor, now=now)
    return {}


@_for_kiosks("/kiosk/people")
def people(asked: Asked, station: AnyRow, now: datetime) -> ResponseReturnValue:
    """Whoever is expected here today and is called so, by a few letters."""
    user = actions.use(asked.unlock, station, now=now)
    refuse_if(rules.why_not_search(station.kind, asked.q))
    due = queries.due_at(station, user, now=now)
    names = told_apart(due)
    found: dict[int, list[Any]] = {}
    for row in due:
        if rules.is_called(asked.q, row.name, row.preferred_name):
            found.setdefault(row.participant_id, []).append(row)
    shown = sorted(found, key=lambda who: names[who].casefold())[: rules.MOST_FOUND]
    _note_looks(set(shown), user, now=now)
    zone = clock.zone(station.timezone)
    return {
        "people": [
            rules.person_words(who, names[who], found[who], zone=zone, now=now) for who in shown
        ],
        "more": len(found) - len(shown),
    }


def _note_looks(shown: set[int], user: User, *, now: datetime) -> None:
    """Once for each that a kiosk shows while somebody types."""
    if shown - trail.last_look("stations.people", user.actor):
        trail.look(shown, page="stations.people", by=user.actor, now=now)


@_for_kiosks("/kiosk/arrivals")
def arrive(asked: Asked, station: AnyRow, now: datetime) -> ResponseReturnValue:
    """Check somebody in who was found by name; whoever opened the kiosk has done it."""
    user = actions.use(asked.unlock, station, now=now)
    refuse_if(None if station.kind is Station.SEARCH else rules.NOT_A_SEARCH)
    due = queries.due_at(station, user, now=now)
    sessions = [row.session_id for row in due if row.participant_id == asked.person]
    refuse_if(None if sessions else rules.NOT_EXPECTED)
    name = told_apart(due)[asked.person]
    said, change = actions.check_in(asked.person, name, sessions, station, user, now=now)
    return {"said": said, "change": change}


@_for_kiosks("/kiosk/arrivals/undo")
def undo(asked: Asked, station: AnyRow, now: datetime) -> ResponseReturnValue:
    user = actions.use(asked.unlock, station, now=now)
    return {"said": take_back(asked.person, change=asked.change, by=user.actor, now=now)}


@_for_kiosks("/kiosk/room/codes")
def room_codes(asked: Asked, station: AnyRow, now: datetime) -> ResponseReturnValue:
    """The codes that a screen in a room shows for phones: while one session ends there, the next
    one may have its doors open."""
    refuse_if(None if station.kind is Station.ROOM else rules.NOT_A_ROOM)
    rooms = [room for room in rooms_of(station.id) if room.is_active]
    chosen = next((room for room in rooms if room.id == asked.room), None)
    zone = clock.zone(station.timezone)
    return {
        "rooms": [{"id": room.id, "name": room.name} for room in rooms],
        "room": chosen and chosen.name,
        "codes": [
            {
                "when": time_range(each.starts_at, each.ends_at, zone),
                **shown(code_of(each.session_id, minute_of(now))),
            }
            for each in (in_room(chosen.id, now=now) if chosen else ())
        ],
        "left": seconds_left(now),
    }


@bp.route("/account/kiosk-pin", methods=["GET", "POST"])
@requires(Permission.RECORD_ATTENDANCE)
def pin() -> ResponseReturnValue:
    """One's own PIN for kiosks: made here, shown once."""
    now, account_id = clock.now(), current_user.account_id
    form = forms.PinForm()
    if form.validate_on_submit():
        made = actions.make_pin(account_id, by=current_user.actor, now=now)
        return page("stations/given.html", pin=made)
    return page(
        "stations/pin.html",
        form=form,
        known=queries.find_pin(account_id),
        home=own_home(now),
        minutes=rules.IDLE // timedelta(minutes=1),
    )


@bp.post("/account/kiosk-pin/remove")
@requires(Permission.RECORD_ATTENDANCE)
def remove_pin() -> ResponseReturnValue:
    if actions.remove_pin(current_user.account_id, by=current_user.actor, now=clock.now()):
        flash("Your PIN for kiosks no longer works.")
    return redirect(url_for("stations.pin"))
