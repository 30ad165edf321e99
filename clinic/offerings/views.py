from collections.abc import Callable
from functools import partial

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from clinic import clock
from clinic.claims.rules import Anew
from clinic.consequences import Consequences, Link
from clinic.errors import Refused
from clinic.forms import to_choose
from clinic.names import sort_key
from clinic.offerings import actions
from clinic.offerings.forms import LEVELS, POPULATIONS, ProgramForm, RuleSetForm
from clinic.offerings.queries import anew_by, findings_in
from clinic.offerings.queries import following as of_rule_set
from clinic.offerings.rules import (
    FEW,
    consequences,
    figures_changed,
    groups_against,
    groups_anew,
    groups_words,
    more_groups,
    program_changed,
)
from clinic.paging import KeyOf, in_order, order_asked
from clinic.permissions import Permission
from clinic.preview import Shown, consider, is_asked, saved, typed_changes
from clinic.programs import queries
from clinic.programs.actions import add_program, copy_rule_set, figures_of, switch_rule_set
from clinic.programs.models import Program
from clinic.programs.rules import PROVIDED, lines_of, warnings
from clinic.programs.views import own_home
from clinic.schedule.queries.usage import planned_in
from clinic.sent import only_shown
from clinic.trail import last_id
from clinic.web import form_page, page, reads_first, requires

bp = Blueprint("offerings", __name__)
bp.add_app_template_filter(LEVELS.get, "level_of_care")
bp.add_app_template_filter(POPULATIONS.get, "population")
bp.add_app_template_filter(groups_words)
bp.add_app_template_filter(more_groups)

COLUMNS: dict[str, KeyOf[Program]] = {
    "name": lambda each: sort_key(each.name),
    "level": lambda each: list(LEVELS).index(each.level),
    "for": lambda each: list(POPULATIONS).index(each.population),
    "site": lambda each: sort_key(each.site.name),
    "hours": lambda each: (each.min_minutes, each.max_minutes),
    "offered": lambda each: not each.is_active,
}
FIRST_A_SITE = "Set up a site first: a program belongs to one site."


@bp.get("/setup/programs")
@requires(Permission.SET_UP_CLINIC)
def programs() -> ResponseReturnValue:
    order = order_asked(request.args.get("sort", ""), COLUMNS, "name")
    listed = in_order(queries.programs(), COLUMNS, order)
    return page("offerings/programs.html", programs=listed, order=order)


@bp.route("/setup/programs/new", methods=["GET", "POST"])
@requires(Permission.SET_UP_CLINIC)
def program_new() -> ResponseReturnValue:
    if not queries.sites(active_only=True):
        flash(FIRST_A_SITE, "warning")
        return redirect(url_for("setup.site_new"))
    is_first = not queries.programs()
    form = _offer(ProgramForm.of(None), None)
    add = partial(add_program, by=current_user.actor, now=clock.now())
    if form.validate_on_submit() and form.attempt(lambda: add(**form.facts, mix=form.mix)):
        program_id = form.done.id
        flash(f"{form.name.data} is set up.")
        if is_first and not _warnings(queries.get_program_whole(program_id)):
            return redirect(url_for("setup.guide"))
        return redirect(url_for("offerings.program", program_id=program_id))
    return form_page("offerings/program_new.html", form)


@bp.route("/setup/programs/<int:program_id>", methods=["GET", "POST"])
@requires(Permission.SET_UP_CLINIC)
def program(program_id: int) -> ResponseReturnValue:
    program = queries.get_program_whole(program_id)
    form = _offer(ProgramForm.of(program), program)
    change = partial(actions.change, program, by=current_user.actor, now=clock.now())
    if form.validate_on_submit() and form.attempt(lambda: change(**form.facts, mix=form.mix)):
        flash(" ".join(program_changed(*form.done)))
        return redirect(url_for("offerings.program", program_id=program_id))
    return _program_page(program_id, form)


def _program_page(program_id: int, form: ProgramForm) -> ResponseReturnValue:
    program = queries.get_program_whole(program_id)
    groups = planned_in([program_id], now=clock.now())
    return form_page(
        "offerings/program.html",
        form,
        program=program,
        warnings=_warnings(program),
        against=groups_against(groups, program.rule_set.rules if program.rule_set else ()),
        few=FEW,
    )


def _warnings(program: Program) -> list[str]:
    return warnings(program, program.rule_set) if program.rule_set else []


def _offer(form: ProgramForm, program: Program | None) -> ProgramForm:
    """Give the form its choices: what is in use, and what the program has all the same."""
    site_id = program.site_id if program else None
    rule_set_id = program.rule_set_id if program else None
    form.site.choices = to_choose(
        (each.id, each.name) for each in queries.sites() if each.is_active or each.id == site_id
    )
    form.rule_set.choices = [
        ("", "None"),
        *(
            (each.id, each.name)
            for each in queries.rule_sets()
            if each.is_active or each.id == rule_set_id
        ),
    ]
    return form


@bp.post("/setup/programs/<int:program_id>/deactivate")
@requires(Permission.SET_UP_CLINIC)
def program_deactivate(program_id: int) -> ResponseReturnValue:
    return _switch_program(program_id, actions.deactivate, "is retired.")


@bp.post("/setup/programs/<int:program_id>/reactivate")
@requires(Permission.SET_UP_CLINIC)
def program_reactivate(program_id: int) -> ResponseReturnValue:
    return _switch_program(program_id, actions.reactivate, "is in use again.")


def _switch_program(program_id: int, act: Callable[..., None], done: str) -> ResponseReturnValue:
    program = queries.get_program_whole(program_id)
    form = _offer(ProgramForm.of(program, formdata=None), program)
    if not form.attempt(lambda: act(program, by=current_user.actor, now=clock.now())):
        return _program_page(program_id, form)
    flash(f"{program.name} {done}")
    return redirect(url_for("offerings.program", program_id=program_id))


@bp.get("/setup/rule-sets")
@requires(Permission.SET_UP_CLINIC)
def rule_sets() -> ResponseReturnValue:
    return page(
        "offerings/rule_sets.html",
        rule_sets=queries.rule_sets(),
        programs=queries.programs_by_rule_set(),
    )


@bp.get("/setup/rule-sets/<int:rule_set_id>")
@requires(Permission.SET_UP_CLINIC)
def rule_set(rule_set_id: int) -> ResponseReturnValue:
    found = queries.get_rule_set(rule_set_id)
    return page(
        "offerings/rule_set.html",
        rule_set=found,
        lines=lines_of(found.rules),
        programs=queries.programs_by_rule_set().get(found.id, []),
    )


@bp.post("/setup/rule-sets/<int:rule_set_id>/copy")
@requires(Permission.SET_UP_CLINIC)
def rule_set_copy(rule_set_id: int) -> ResponseReturnValue:
    found = queries.get_rule_set(rule_set_id)
    copy = copy_rule_set(found, by=current_user.actor, now=clock.now())
    flash("This copy is the clinic’s own. Change its name and figures as you need them.")
    return redirect(url_for("offerings.rule_set_edit", rule_set_id=copy.id))


@bp.route("/setup/rule-sets/<int:rule_set_id>/edit", methods=["GET", "POST"])
@requires(Permission.SET_UP_CLINIC)
@reads_first
def rule_set_edit(rule_set_id: int) -> ResponseReturnValue:
    found = queries.get_rule_set(rule_set_id)
    if found.is_provided:
        raise Refused(PROVIDED)
    form = RuleSetForm.of(found)
    now, back = clock.now(), url_for("offerings.rule_set", rule_set_id=rule_set_id)
    shown = Shown("Change a rule set", back, found.name, found.name)

    def ask() -> ResponseReturnValue:
        status = 422 if form.is_submitted() and not only_shown() else 200
        facts = {"form": form, "rule_set_id": rule_set_id}
        return page("offerings/rule_set_edit.html", status=status, **facts)

    if not is_asked(form):
        return ask()
    seen = figures_of(found)
    changes = figures_changed(seen, form.written)
    following = {each.id for each in of_rule_set(rule_set_id)} if changes else set()
    head = last_id()
    known = (head, anew_by([(found, form.written)], now=now) if following else Anew())
    week = own_home(now).week
    before = findings_in(following, week, now=now) if following else {}
    planned = planned_in(following, now=now) if following else []
    groups = [
        Link(group.title, url_for("groups.group", series_id=group.id), words)
        for group, words in groups_anew(planned, seen, form.written)
    ]

    def change() -> Consequences | None:
        anew = actions.change_rule_set(
            queries.get_rule_set(rule_set_id),
            name=form.name.data or "",
            jurisdiction=form.jurisdiction.data or "",
            citation=form.citation.data or "",
            valid_from=form.valid_from.data,
            figures=form.written,
            seen=seen,
            before=known,
            by=current_user.actor,
            now=now,
        )
        if anew is None or not following:
            return None
        after = findings_in(following, week, now=now)
        typed = (*typed_changes(form, "figures"), *changes)
        return consequences(anew, before, after, changes=typed, groups=groups)

    done = saved("The rule set is saved.", back)
    return consider(form, change, shown=shown, ask=ask, done=done)


@bp.post("/setup/rule-sets/<int:rule_set_id>/deactivate")
@requires(Permission.SET_UP_CLINIC)
def rule_set_deactivate(rule_set_id: int) -> ResponseReturnValue:
    return _switch_rule_set(rule_set_id, "is retired", is_active=False)


@bp.post("/setup/rule-sets/<int:rule_set_id>/reactivate")
@requires(Permission.SET_UP_CLINIC)
def rule_set_reactivate(rule_set_id: int) -> ResponseReturnValue:
    return _switch_rule_set(rule_set_id, "is in use again", is_active=True)


def _switch_rule_set(rule_set_id: int, done: str, *, is_active: bool) -> ResponseReturnValue:
    found = queries.get_rule_set(rule_set_id)
    switch_rule_set(found, is_active=is_active, by=current_user.actor, now=clock.now())
    flash(f"{found.name} {done}.")
    return redirect(url_for("offerings.rule_set", rule_set_id=rule_set_id))
