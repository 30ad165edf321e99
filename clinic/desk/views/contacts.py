from typing import Any

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from clinic import clock
from clinic.db import savepoint
from clinic.desk.views import bp
from clinic.errors import Refused
from clinic.formats import day_numeric, phone
from clinic.participants.actions import consents, contacts
from clinic.participants.forms import ConsentForm, ContactForm, RevokeForm
from clinic.participants.models import Contact, Participant
from clinic.participants.queries import (
    consents_of,
    contacts_of,
    get_consent,
    get_contact,
    get_participant,
)
from clinic.participants.rules.consents import may_be_told, scope_words
from clinic.permissions import Permission
from clinic.programs.queries import home
from clinic.web import looked_at, page, requires


@bp.route("/participants/<int:participant_id>/contacts/new", methods=["GET", "POST"])
@requires(Permission.MANAGE_PARTICIPANTS)
def contact_new(participant_id: int) -> ResponseReturnValue:
    person = get_participant(participant_id)
    looked_at([person.id])
    form = ContactForm()
    if form.validate_on_submit():
        contacts.add(person, **form.facts, by=current_user.actor, now=clock.now())
        flash(f"{form.name.data} is a contact of {person.name}.")
        return _back_to(person)
    return _page("desk/contact_new.html", form, person)


@bp.route("/contacts/<int:contact_id>/edit", methods=["GET", "POST"])
@requires(Permission.MANAGE_PARTICIPANTS)
def contact_edit(contact_id: int) -> ResponseReturnValue:
    contact = get_contact(contact_id)
    person = get_participant(contact.participant_id)
    looked_at([person.id])
    form = ContactForm(obj=contact)
    if not form.is_submitted():
        form.phone.data = phone(contact.phone)
    elif form.validate():
        contacts.change(contact, **form.facts, by=current_user.actor, now=clock.now())
        flash("The contact is saved.")
        return _back_to(person)
    return _page("desk/contact_edit.html", form, person, contact_id=contact.id)


@bp.post("/contacts/<int:contact_id>/end")
@requires(Permission.MANAGE_PARTICIPANTS)
def contact_end(contact_id: int) -> ResponseReturnValue:
    now = clock.now()
    contact = get_contact(contact_id)
    person = get_participant(contact.participant_id)
    contacts.end(contact, by=current_user.actor, now=now)
    undo = url_for("desk.contact_resume", contact_id=contact.id)
    message = {"text": f"{contact.name} is no contact any more.", "undo": undo, "fields": {}}
    flash(message)  # type: ignore[arg-type]  # the layout shows a way to undo with it
    if may_be_told(consents_of(person.id), contact, home(now).today):
        flash(f"A consent for {contact.name} is still in force.", "warning")
    return _back_to(person)


@bp.post("/contacts/<int:contact_id>/resume")
@requires(Permission.MANAGE_PARTICIPANTS)
def contact_resume(contact_id: int) -> ResponseReturnValue:
    contact = get_contact(contact_id)
    person = get_participant(contact.participant_id)
    contacts.resume(contact, by=current_user.actor, now=clock.now())
    flash(f"{contact.name} is a contact again.")
    return _back_to(person)


@bp.route("/participants/<int:participant_id>/consents/new", methods=["GET", "POST"])
@requires(Permission.MANAGE_PARTICIPANTS)
def consent_new(participant_id: int) -> ResponseReturnValue:
    now = clock.now()
    person = get_participant(participant_id)
    looked_at([person.id])
    day = home(now).today
    theirs = [each for each in contacts_of(person.id) if each.ended_at is None]
    form = ConsentForm()
    form.contact.choices = [
        ("", "Somebody else" if theirs else "Nobody is noted yet"),
        *((each.id, _named(each)) for each in theirs),
    ]
    if not form.is_submitted():
        form.given_on.data = day
    elif form.validate():
        to = next((each for each in theirs if each.id == form.contact.data), None)
        try:
            with savepoint():
                given = consents.give(
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
        except Refused as refused:
            form.given_on.errors = [refused.sentence]
        else:
            flash(f"The consent for {given.recipient} is written down.")
            return _back_to(person)
    return _page("desk/consent_new.html", form, person)


@bp.route("/consents/<int:consent_id>/revoke", methods=["GET", "POST"])
@requires(Permission.MANAGE_PARTICIPANTS)
def consent_revoke(consent_id: int) -> ResponseReturnValue:
    now = clock.now()
    consent = get_consent(consent_id)
    person = get_participant(consent.participant_id)
    looked_at([person.id])
    day = home(now).today
    if consent.revoked_on is not None:
        flash(f"This consent was taken back on {day_numeric(consent.revoked_on)}.", "warning")
        return _back_to(person)
    form = RevokeForm()
    if not form.is_submitted():
        form.revoked_on.data = day
    elif form.validate():
        try:
            with savepoint():
                consents.revoke(
                    consent,
                    revoked_on=form.revoked_on.day,
                    today=day,
                    by=current_user.actor,
                    now=now,
                )
        except Refused as refused:
            form.revoked_on.errors = [refused.sentence]
        else:
            flash(f"The consent for {consent.recipient} is taken back. It stays on record.")
            return _back_to(person)
    return _page(
        "desk/consent_revoke.html",
        form,
        person,
        recipient=consent.recipient,
        purpose=consent.purpose,
        scope=", ".join(scope_words(consent.scope)),
        given_on=consent.given_on,
    )


def _named(contact: Contact) -> str:
    return f"{contact.name}, {contact.relation}" if contact.relation else contact.name


def _back_to(person: Participant) -> ResponseReturnValue:
    return redirect(url_for("desk.participant", participant_id=person.id, _anchor="contacts"))


def _page(template: str, form: Any, person: Participant, **context: Any) -> ResponseReturnValue:
    back = url_for("desk.participant", participant_id=person.id)
    status = 422 if form.errors else 200
    return page(template, status=status, form=form, name=person.name, back=back, **context)
