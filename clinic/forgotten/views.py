"""A forgotten password, set again by mail; the link leads to the page of an invitation."""

from typing import Any

from flask import Blueprint, current_app, redirect, request, url_for

from clinic import clock
from clinic.accounts import queries
from clinic.accounts.rules import network_of, normal_email
from clinic.accounts.views import too_many_tries
from clinic.errors import NotFound
from clinic.forgotten import actions
from clinic.forgotten.forms import ForgottenForm
from clinic.invitations.rules import invitation_path
from clinic.permissions import Permission
from clinic.tokens import keyed
from clinic.web import address_of, form_page, page, requires

bp = Blueprint("forgotten", __name__)


@bp.get("/forgotten-password")
@requires(Permission.ANYONE)
def ask() -> Any:
    _only_where_links_are_mailed()
    return page("forgotten/ask.html", form=ForgottenForm(), problem=None)


@bp.post("/forgotten-password")
@requires(Permission.ANYONE)
def mail_link() -> Any:
    """Answer the same whether somebody has the address or not.

    Of what comes too often from one network it says so; of what goes too often to one address
    nothing, because others may have asked.
    """
    _only_where_links_are_mailed()
    now, form = clock.now(), ForgottenForm()
    if not form.validate_on_submit():
        return form_page("forgotten/ask.html", form, problem=None)
    email = normal_email(form.email.data or "")
    network = keyed("throttle", f"forgotten from {network_of(request.remote_addr)}")
    if pause := queries.pause(network, now=now):
        return too_many_tries("forgotten/ask.html", pause, form=form)
    buckets = network, keyed("throttle", f"forgotten by {email}")
    actions.mail_link(
        email, buckets=buckets, link_of=lambda token: address_of(invitation_path(token)), now=now
    )
    return redirect(url_for("forgotten.mailed"))


@bp.get("/forgotten-password/mailed")
@requires(Permission.ANYONE)
def mailed() -> Any:
    _only_where_links_are_mailed()
    return page("forgotten/mailed.html")


def _only_where_links_are_mailed() -> None:
    if not current_app.config["CLINIC_MAILS_LINKS"]:
        raise NotFound
