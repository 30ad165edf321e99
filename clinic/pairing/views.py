from collections import Counter
from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from werkzeug.exceptions import RequestEntityTooLarge

from clinic import clock
from clinic.accounts.actions import count_try, forget_tries
from clinic.accounts.queries import pause
from clinic.accounts.rules import network_of
from clinic.db import transaction
from clinic.errors import BadInput, or_not_found
from clinic.kiosk.actions import shut_out
from clinic.kiosk.queries import refused_taps
from clinic.kiosk.rules import INBOX, clock_words, is_guessed_at
from clinic.pairing import actions, forms, queries, rules
from clinic.pairing.forms import CodeForm, NameForm
from clinic.pairing.models import PairingCode
from clinic.permissions import Permission
from clinic.programs.queries import get_site, sites
from clinic.programs.views import own_home
from clinic.tokens import keyed
from clinic.web import address_of, keeps_own_transactions, page, requires

bp = Blueprint("pairing", __name__)
bp.add_app_template_filter(rules.waiting_words)


@bp.route("/setup/kiosks", methods=["GET", "POST"])
@requires(Permission.SET_UP_CLINIC)
def kiosks() -> ResponseReturnValue:
    """The kiosks in use; where one more is asked for, its code, in this answer and nowhere else."""
    now = clock.now()
    places = sites(active_only=True)
    if not places:
        flash("Set up a site first: a kiosk belongs to one site.", "warning")
        return redirect(url_for("setup.sites"))
    form = CodeForm()
    form.offer(places)
    if not (
        form.validate_on_submit()
        and form.attempt(
            lambda: actions.make_code(
                get_site(form.site.data),
                name=form.name.data or None,
                kind=form.station,
                by=current_user.actor,
                now=now,
            )
        )
    ):
        return _list(form, now=now)
    where = address_of(url_for("kiosk.keypad"))
    kept = or_not_found(queries.find_code(form.done))
    shown = {"code": form.done, "where": where, "opens": f"{where}#{form.done}"}
    return _code_page(kept, **shown, asks=rules.ASKS[form.station], now=now)


@bp.get("/setup/kiosks/codes/<int:code_id>")
@requires(Permission.SET_UP_CLINIC)
def code(code_id: int) -> ResponseReturnValue:
    """Whether a tablet has been paired with a code: the page that shows the code asks for it."""
    return _code_page(queries.get_code(code_id), code=None, now=clock.now())


def _code_page(kept: PairingCode, *, now: datetime, **shown: Any) -> ResponseReturnValue:
    """The page of a code, which itself is in `shown` when it is made, and never again."""
    site = get_site(kept.site_id)
    return page(
        "pairing/code.html",
        kept=kept,
        site=site,
        what=f"{rules.KINDS[kept.kind]} · {site.name}",
        reader=own_home(now).zone,
        is_open=kept.used_at is None and kept.expires_at > now,
        minutes=rules.CODE_LASTS // timedelta(minutes=1),
        **shown,
    )


def _list(
    form: CodeForm | None = None,
    *,
    renamed: tuple[int, NameForm] | None = None,
    now: datetime,
) -> ResponseReturnValue:
    """The list, with a form that was refused: that of a new kiosk, or another name of one."""
    if form is None:
        form = CodeForm(formdata=None)
        form.offer(sites(active_only=True))
    places = {each.id: each for each in sites()}
    found = queries.kiosks()
    names = {each.id: NameForm(formdata=None, name=each.name) for each in found}
    names |= dict([renamed] if renamed else [])
    return page(
        "pairing/kiosks.html",
        status=422 if form.errors or renamed else 200,
        form=form,
        kiosks=found,
        names=names,
        renamed=renamed[0] if renamed else None,
        codes=queries.open_codes(now),
        silent={each.id for each in found if rules.is_silent(each.seen_at, now=now)},
        guessing={each.id for each in found if is_guessed_at(each, now=now)},
        refused=Counter(tap.device_id for tap in refused_taps(None, now - INBOX)),
        clocks={each.id: clock_words(each.clock_ahead) for each in found},
        sites=places,
        kinds=rules.KINDS,
        zones=len({each.timezone for each in places.values()}),
        minutes=rules.CODE_LASTS // timedelta(minutes=1),
        now=now,
    )


@bp.post("/setup/kiosks/<int:device_id>/name")
@requires(Permission.SET_UP_CLINIC)
def rename(device_id: int) -> ResponseReturnValue:
    now = clock.now()
    device = queries.get_kiosk(device_id)
    form = NameForm()
    if form.validate() and form.attempt(
        lambda: actions.rename(device, name=form.name.data or "", by=current_user.actor, now=now)
    ):
        flash(f"The kiosk is called “{device.name}” now.")
        return redirect(url_for("pairing.kiosks"))
    return _list(renamed=(device_id, form), now=now)


@bp.post("/setup/kiosks/<int:device_id>/revoke")
@requires(Permission.SET_UP_CLINIC)
def revoke(device_id: int) -> ResponseReturnValue:
    device = queries.get_kiosk(device_id)
    shut_out(device, by=current_user.actor, now=clock.now())
    flash(f"“{device.name}” is revoked. Pair the tablet again to use it.")
    return redirect(url_for("pairing.kiosks"))


@bp.post("/setup/kiosks/codes/<int:code_id>/end")
@requires(Permission.SET_UP_CLINIC)
def end_code(code_id: int) -> ResponseReturnValue:
    code = queries.get_code(code_id)
    actions.end_code(code, by=current_user.actor, now=clock.now())
    flash(f"The code for “{code.name}” has ended.")
    return redirect(url_for("pairing.kiosks"))


@bp.post("/kiosk/pairings")
@requires(Permission.ANYONE)  # the code stands for a sign-in
@keeps_own_transactions
def pair() -> ResponseReturnValue:
    """A tablet gives a code and gets the key of a kiosk for it."""
    now = clock.now()
    try:
        typed = forms.code_of(request.get_data())
    except (BadInput, RequestEntityTooLarge):
        return {"error": forms.NOT_OF_THE_FORM}, 400
    tried_from = keyed("throttle", f"pairing:{network_of(request.remote_addr)}")
    with transaction():
        if not count_try(tried_from, longest=rules.LONGEST_PAUSE, now=now):
            return _too_many(pause(tried_from, longest=rules.LONGEST_PAUSE, now=now))
        paired = actions.enter_code(typed, now=now)
        if paired.key:
            forget_tries(tried_from)
    if paired.key is None:
        return {"error": paired.why_not}, 422
    return {"key": paired.key, "kind": paired.kind.value}


def _too_many(wait: timedelta) -> ResponseReturnValue:
    seconds = str(-(-wait // timedelta(seconds=1)))
    return {"error": rules.too_many(wait)}, 429, {"Retry-After": seconds}
