from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from clinic import clock
from clinic.accounts import queries as accounts
from clinic.accounts import rules
from clinic.accounts.actions.sign_ins import sign_out_elsewhere
from clinic.formats import counted, moment
from clinic.permissions import Permission
from clinic.programs.queries import home
from clinic.setup.views import bp
from clinic.web import page, requires


@bp.get("/account")
@requires(Permission.OWN_ACCOUNT)
def account() -> ResponseReturnValue:
    """Of whoever is signed in, staff or participant."""
    now = clock.now()
    at, today, *_ = home(now)
    own = accounts.get_credentials(current_user.account_id)
    return page(
        "setup/staff_account.html",
        email=own.email,
        roles=rules.roles_in_words(current_user.roles),
        zone=at.key,
        sign_ins=[
            {
                "is_this": row.id == current_user.sign_in_id,
                "began": moment(row.signed_in_at, at, today=today),
                "seen": moment(row.seen_at, at, today=today),
            }
            for row in accounts.sign_ins_of(current_user, now=now)
        ],
    )


@bp.post("/account/sign-ins/end")
@requires(Permission.OWN_ACCOUNT)
def end_sign_ins() -> ResponseReturnValue:
    number = sign_out_elsewhere(current_user, now=clock.now())
    flash(f"{counted(number, 'other sign-in has', 'other sign-ins have')} ended.")
    return redirect(url_for("setup.account"))
