"""Who is around somebody, and what may be told to whom: contacts and consents, by page."""

from typing import Any

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from clinic import clock
from clinic.contacts import actions
from clinic.formats import day_numeric
from clinic.participants.forms import ConsentForm, ContactForm, RevokeForm
from clinic.participants.models import Participant
from clinic.participants.queries import (
    consents_of,
    contacts_of,
    get_consent,
    get_contact,
    get_participant,
)
from clinic.participants.rules import may_be_told
from clinic.permissions import Permission
from clinic.programs.views import own_home
from clinic.web import flash_undo, form_page, looked_at, requires

bp = Blueprint("contacts", __name__)


@bp.route("/participants/<int:participant_id>/contacts/new", methods=["GET", "POST"])
@requires(Permission.MANAGE_PARTICIPANTS)
def contact_new(participant_id: int) -> ResponseReturnValue:
    person = get_participant(participant_id)
    looked_at([person.id])
    form = ContactForm()
    if form.validate_on_submit():
        actions.add_contact(person, **form.facts, by=current_user.actor, now=clock.now())
        flash(f"{form.name.data} is a contact of {person.name}.")
        return _back_to(person)
    return _page("contacts/contact_new.html", form, person)


@bp.route("/contacts/<int:contact_id>/edit", methods=["GET", "POST"])
@requires(Permission.MANAGE_PARTICIPANTS)
def contact_edit(contact_id: int) -> ResponseReturnValue:
    contact = get_contact(contact_id)
    person = get_participant(contact.participant_id)
    looked_at([person.id])
    form = ContactForm(obj=contact)
    if form.validate_on_submit() and form.attempt(
        lambda: actions.change_contact(
            contact, **form.facts, by=current_user.actor, now=clock.now()
        )
    ):
        flash("The contact is saved.")
        return _back_to(person)
    return _page("contacts/contact_edit.html", form, person, contact_id=contact.id)


@bp.post("/contacts/<int:contact_id>/end")
@requires(Permission.MANAGE_PARTICIPANTS)
def contact_end(contact_id: int) -> ResponseReturnValue:
    now = clock.now()
    contact = get_contact(contact_id)
    person = get_participant(contact.participant_id)
    actions.end_contact(contact, by=current_user.actor, now=now)
    undo = url_for("contacts.contact_resume", contact_id=contact.id)
    flash_undo(f"{contact.name} is no longer a contact.", undo, swap="contacts where")
    if may_be_told(consents_of(person.id), contact, own_home(now).today):
        flash(f"A consent for {contact.name} is still in force.", "warning")
    return _back_to(person)


@bp.post("/contacts/<int:contact_id>/resume")
@requires(Permission.MANAGE_PARTICIPANTS)
def contact_resume(contact_id: int) -> ResponseReturnValue:
    contact = get_contact(contact_id)
    person = get_participant(contact.participant_id)
    actions.resume_contact(contact, by=current_user.actor, now=clock.now())
    flash(f"{contact.name} is a contact again.")
    return _back_to(person)


@bp.route("/participants/<int:participant_id>/consents/new", methods=["GET", "POST"])
@requires(Permission.MANAGE_PARTICIPANTS)
def consent_new(participant_id: int) -> ResponseReturnValue:
    now = clock.now()
    person = get_participant(participant_id)
    looked_at([person.id])
    day = own_home(now).today
    theirs = {each.id: each for each in contacts_of(person.id) if each.ended_at is None}
    form = ConsentForm()
    form.contact.choices = [
        ("", "Somebody else" if theirs else "No contacts yet"),
        *(
            (each.id, ", ".join(filter(None, (each.name, each.relation))))
            for each in theirs.values()
        ),
    ]
    if not form.is_submitted():
        form.given_on.data = day
    elif form.validate():
        to = theirs.get(form.contact.data)
        if form.attempt(
            lambda: actions.give_consent(
                person,
                to or form.recipient.data or "",
                purpose=form.purpose.data or "",
                scope=form.scope.data or [],
                given_on=form.given_on.day,
                expires_on=form.expires_on.data,
                today=day,
                by=current_user.actor,
                now=now,
            )
        ):
            flash(f"The consent for {form.done.recipient} is recorded.")
            return _back_to(person)
    return _page("contacts/consent_new.html", form, person)


@bp.route("/consents/<int:consent_id>/revoke", methods=["GET", "POST"])
@requires(Permission.MANAGE_PARTICIPANTS)
def consent_revoke(consent_id: int) -> ResponseReturnValue:
    now = clock.now()
    consent = get_consent(consent_id)
    person = get_participant(consent.participant_id)
    looked_at([person.id])
    day = own_home(now).today
    if consent.revoked_on is not None:
        flash(f"This consent was revoked on {day_numeric(consent.revoked_on)}.", "warning")
        return _back_to(person)
    form = RevokeForm()
    if not form.is_submitted():
        form.revoked_on.data = day
    elif form.validate() and form.attempt(
        lambda: actions.revoke_consent(
            consent, revoked_on=form.revoked_on.day, today=day, by=current_user.actor, now=now
        )
    ):
        flash(f"The consent for {consent.recipient} is revoked. It stays on record.")
        return _back_to(person)
    return _page("contacts/consent_revoke.html", form, person, consent=consent)


def _back_to(person: Participant) -> ResponseReturnValue:
    return redirect(url_for("records.participant", participant_id=person.id, _anchor="contacts"))


def _page(template: str, form: Any, person: Participant, **context: Any) -> ResponseReturnValue:
    return form_page(
        template,
        form,
        name=person.name,
        cancel=url_for("records.participant", participant_id=person.id),
        contacts=[each for each in contacts_of(person.id) if each.ended_at is None],
        consents=consents_of(person.id),
        today=own_home(clock.now()).today,
        **context,
    )
