from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from clinic import clock
from clinic.permissions import Permission
from clinic.programs.actions import set_up
from clinic.programs.queries import find_organization, get_organization
from clinic.setup import rules
from clinic.setup.actions import organization as actions
from clinic.setup.forms.organization import OrganizationForm
from clinic.setup.views import bp
from clinic.web import page, requires


@bp.route("/setup/organization", methods=["GET", "POST"])
@requires(Permission.SET_UP_CLINIC)
def organization() -> ResponseReturnValue:
    now = clock.now()
    found = find_organization()
    is_new = found is None
    form = OrganizationForm.of(found)

    def change() -> str | None:
        regrouped = actions.change(
            get_organization(), settings=form.settings, by=current_user.actor, now=now
        )
        return rules.told_of_weeks(form.settings["week_starts"], **regrouped._asdict())

    if form.validate_on_submit():
        if is_new:
            set_up(by=current_user.actor, now=now, **form.settings)
            flash(f"{form.name.data} begins. Its first site comes next.")
            return redirect(url_for("setup.guide"))
        if form.settle(change):
            flash("The settings are saved.")
            return redirect(url_for("setup.organization"))
    status = 422 if form.errors else 200
    return page("setup/organization.html", status=status, form=form, is_new=is_new)
