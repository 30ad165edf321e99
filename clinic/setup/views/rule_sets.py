from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from clinic import clock
from clinic.errors import Refused
from clinic.permissions import Permission
from clinic.programs import actions, queries
from clinic.programs.rules import PROVIDED, lines_of
from clinic.setup.forms.rule_sets import RuleSetForm
from clinic.setup.queries.overview import programs_by_rule_set
from clinic.setup.views import bp
from clinic.web import page, requires


@bp.get("/setup/rule-sets")
@requires(Permission.SET_UP_CLINIC)
def rule_sets() -> ResponseReturnValue:
    followed = programs_by_rule_set()
    return page(
        "setup/rule_sets.html",
        rule_sets=[
            {
                "name": each.name,
                "jurisdiction": each.jurisdiction,
                "citation": each.citation,
                "is_provided": each.is_provided,
                "is_active": each.is_active,
                "programs": followed.get(each.id, []),
                "href": url_for("setup.rule_set", rule_set_id=each.id),
            }
            for each in queries.rule_sets()
        ],
    )


@bp.get("/setup/rule-sets/<int:rule_set_id>")
@requires(Permission.SET_UP_CLINIC)
def rule_set(rule_set_id: int) -> ResponseReturnValue:
    found = queries.get_rule_set(rule_set_id)
    return page(
        "setup/rule_set.html",
        rule_set=found,
        lines=lines_of(found.rules),
        programs=programs_by_rule_set().get(found.id, []),
    )


@bp.post("/setup/rule-sets/<int:rule_set_id>/copy")
@requires(Permission.SET_UP_CLINIC)
def rule_set_copy(rule_set_id: int) -> ResponseReturnValue:
    found = queries.get_rule_set(rule_set_id)
    copy = actions.copy_rule_set(found, by=current_user.actor, now=clock.now())
    flash("This copy is the clinic’s own. Change its name and figures as you need them.")
    return redirect(url_for("setup.rule_set_edit", rule_set_id=copy.id))


@bp.route("/setup/rule-sets/<int:rule_set_id>/edit", methods=["GET", "POST"])
@requires(Permission.SET_UP_CLINIC)
def rule_set_edit(rule_set_id: int) -> ResponseReturnValue:
    found = queries.get_rule_set(rule_set_id)
    if found.is_provided:
        raise Refused(PROVIDED)
    form = RuleSetForm.of(found)
    if form.validate_on_submit():
        actions.change_rule_set(
            found,
            name=form.name.data or "",
            jurisdiction=form.jurisdiction.data or "",
            citation=form.citation.data or "",
            valid_from=form.valid_from.data,
            figures=form.wanted,
            by=current_user.actor,
            now=clock.now(),
        )
        flash("The rule set is saved.")
        return redirect(url_for("setup.rule_set", rule_set_id=rule_set_id))
    status = 422 if form.errors or form.is_submitted() else 200
    return page("setup/rule_set_edit.html", status=status, form=form, rule_set_id=rule_set_id)


@bp.post("/setup/rule-sets/<int:rule_set_id>/deactivate")
@requires(Permission.SET_UP_CLINIC)
def rule_set_deactivate(rule_set_id: int) -> ResponseReturnValue:
    return _switch(rule_set_id, "is not offered to programs any more", is_active=False)


@bp.post("/setup/rule-sets/<int:rule_set_id>/reactivate")
@requires(Permission.SET_UP_CLINIC)
def rule_set_reactivate(rule_set_id: int) -> ResponseReturnValue:
    return _switch(rule_set_id, "is offered to programs again", is_active=True)


def _switch(rule_set_id: int, done: str, *, is_active: bool) -> ResponseReturnValue:
    found = queries.get_rule_set(rule_set_id)
    actions.switch_rule_set(found, is_active=is_active, by=current_user.actor, now=clock.now())
    flash(f"{found.name} {done}.")
    return redirect(url_for("setup.rule_set", rule_set_id=rule_set_id))
