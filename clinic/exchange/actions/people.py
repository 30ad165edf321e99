from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from functools import partial
from typing import Any

from sqlalchemy import select

from clinic.accounts.actions import (
    add_account,
    change_account,
    deactivate,
    reactivate,
)
from clinic.accounts.models import Staff
from clinic.bulk import counted_off
from clinic.contacts import actions as around
from clinic.days import WeeklyTime
from clinic.db import db
from clinic.errors import Refused, refuse_if
from clinic.exchange.actions.run import Run
from clinic.exchange.models.clinic_file import (
    ClinicFile,
    ConsentShape,
    ParticipantShape,
    StaffShape,
)
from clinic.exchange.queries.names import accounts_of, find_staff
from clinic.participants import actions as participants
from clinic.participants.actions import LetGo
from clinic.participants.models import Consent, Contact, Participant
from clinic.participants.queries import find_participant, pin_digest
from clinic.participants.rules import LABELS, MERGED
from clinic.programs.queries import home
from clinic.staff import actions as staff_actions
from clinic.trail import Actor

MANY = 20  # people who are worth being added together
ANY_DAY = date.max  # a file may come in before the days that it tells of


def bring_people(run: Run, file: ClinicFile) -> None:
    let_go = _let_go(file)
    for path, person in run.lines("staff", file.staff):
        with run.at(path):
            bring_staff(run, person)
    everyone = list(run.lines("participants", file.participants))
    added = _add_together(run, [one for _, one in everyone])
    for path, one in counted_off("participants", everyone):
        with run.at(path):
            bring_participant(run, path, one, is_added=one.key in added)
    participants.hand_on(let_go, now=run.now)


def _add_together(run: Run, shapes: Iterable[ParticipantShape]) -> frozenset[str]:
    """Add many who are new, all at once; return their keys.

    Nobody is where one of them is refused: one by one they show whose line that is about.
    """
    there = frozenset(db.scalars(select(Participant.key)))
    new = [one for one in shapes if one.key not in there]
    if len(new) < MANY or _repeats(new, "email") or _repeats(new, "pin"):
        return frozenset()
    today = home(run.now).today
    try:
        people = [participants.newcomer(key=one.key, **_facts(one), today=today) for one in new]
        participants.add_participants(people, **run.acting)
    except Refused:
        return frozenset()
    return frozenset(one.key for one in new)


def _repeats(shapes: Iterable[ParticipantShape], fact: str) -> bool:
    said = [value for one in shapes if (value := getattr(one, fact))]
    return len(set(said)) < len(said)


def _facts(shape: ParticipantShape) -> dict[str, Any]:
    return {fact: value for fact in LABELS if (value := getattr(shape, fact))}


def _let_go(file: ClinicFile) -> list[LetGo]:
    """Free the addresses and PINs that go from one person of the file to another.

    Each is somebody's alone, also while the file is brought in one by one.
    """
    emails = {(True, one.key): one.email for one in file.staff if one.email}
    emails |= {(False, one.key): one.email for one in file.participants if one.email}
    for account, key, is_staff in accounts_of(
        {one.key for one in file.staff}, {one.key for one in file.participants}
    ):
        wanted = emails.get((is_staff, key))
        if wanted and account.email != wanted and account.email in emails.values():
            account.email = None
    let_go: list[LetGo] = []
    pins = {one.key: pin_digest(one.pin) for one in file.participants if one.pin}
    for participant in db.scalars(
        select(Participant).where(
            Participant.key.in_(pins), Participant.pin_digest.in_(pins.values())
        )
    ):
        if participant.pin_digest and participant.pin_digest != pins[participant.key]:
            let_go.append(LetGo(participant.id, participant.pin_digest, participant.pin_since))
            participant.pin_digest = participant.pin_since = None
    db.flush()
    return let_go


def bring_staff(run: Run, shape: StaffShape) -> None:
    """A person who works here, with the account they sign in by."""
    found = find_staff(shape.key)
    outcome = "unchanged" if found else "created"
    changes = []
    if found is None:
        account = add_account(shape.email, shape.role_set or frozenset(), **run.acting)
        facts = shape.facts("key", "name", "credentials")
        found = staff_actions.add_staff(account, **facts, **run.acting)
    else:
        changes = [
            change_account(
                found.account,
                email=shape.email or found.account.email,
                roles=found.account.roles if shape.role_set is None else shape.role_set,
                **run.acting,
            ),
            staff_actions.change_staff(
                found,
                name=shape.name,
                credentials=shape.credentials or found.credentials,
                **run.acting,
            ),
        ]
    changes += [_switch(run, found, shape), _license(run, found, shape), _hours(run, found, shape)]
    changes += _time_off(run, found, shape)
    if outcome == "unchanged" and any(changes):
        outcome = "changed"
    run.note("staff", outcome)


def _switch(run: Run, staff: Staff, shape: StaffShape) -> bool:
    if shape.is_active is None or shape.is_active == staff.account.is_active:
        return False
    switch = reactivate if shape.is_active else deactivate
    switch(staff.account, **run.acting)
    return True


def _license(run: Run, staff: Staff, shape: StaffShape) -> bool:
    return shape.license is not None and staff_actions.set_license(
        staff,
        number=shape.license.number or staff.license_number,
        expires_on=shape.license.expires or staff.license_expires_on,
        **run.acting,
    )


def _hours(run: Run, staff: Staff, shape: StaffShape) -> bool:
    if shape.working_hours is None:
        return False
    shifts = [WeeklyTime(*time) for one in shape.working_hours for time in one.times]
    return staff_actions.set_working_hours(staff, shifts, **run.acting)


def _time_off(run: Run, staff: Staff, shape: StaffShape) -> list[bool]:
    there = {one.from_on: one for one in staff.time_off}
    changes = []
    for n, away in enumerate(shape.time_off):
        found = there.get(away.from_on)
        reason = away.reason or (found and found.reason)
        facts = away.facts() | {"reason": reason} | run.acting
        try:
            if found is None:
                staff_actions.add_time_off(staff, **facts)
            changes.append(found is None or staff_actions.change_time_off(found, **facts))
        except Refused as refused:
            raise Refused(refused.sentence, f"time_off[{n}]") from refused
    return changes


def bring_participant(run: Run, path: str, shape: ParticipantShape, *, is_added: bool) -> None:
    """A person served here; what the file does not say of them stays."""
    if is_added and not shape.contacts and not shape.consents:
        run.note("participants", "created")
        return
    found = find_participant(shape.key)
    if found is None:
        found = participants.add_participant(key=shape.key, **_facts(shape), **run.acting)
        run.note("participants", "created")
    elif is_added:
        run.note("participants", "created")
    else:
        refuse_if(None if found.key == shape.key else MERGED, "key")
        changed = participants.change_participant(found, **_facts(shape), **run.acting)
        run.note("participants", "changed" if changed else "unchanged")
    contacts = _contacts(run, path, found, shape)
    _consents(run, path, found, shape, contacts)


def _contacts(
    run: Run, path: str, participant: Participant, shape: ParticipantShape
) -> dict[str, list[Contact]]:
    """The contacts that the file names, by name; of several with one name each in turn."""
    there: dict[str, list[Contact]] = defaultdict(list)
    for contact in _theirs(Contact, participant, Contact.ended_at.is_(None)):
        there[contact.name].append(contact)
    brought: dict[str, list[Contact]] = defaultdict(list)
    for m, one in enumerate(shape.contacts):
        contact = run.bring(
            f"{path}.contacts[{m}]",
            there[one.name].pop(0) if there[one.name] else None,
            one.facts(),
            add=partial(around.add_contact, participant),
            change=around.change_contact,
        )
        brought[one.name].append(contact)
    return brought


def _consents(
    run: Run,
    path: str,
    participant: Participant,
    shape: ParticipantShape,
    contacts: Mapping[str, list[Contact]],
) -> None:
    """A consent is known by recipient, purpose and the day it was given."""
    there: dict[tuple[Any, ...], list[Consent]] = defaultdict(list)
    for consent in _theirs(Consent, participant):
        there[consent.recipient, consent.purpose, consent.given_on].append(consent)
    for m, one in enumerate(shape.consents):
        same = there[one.recipient, one.purpose, one.given_on]
        with run.at(f"{path}.consents[{m}]"):
            contact = _only(contacts, one.contact)
            facts = one.facts("expires_on", "revoked_on") | {
                "contact_id": contact and contact.id,
                "scope": frozenset(one.scope),
            }
            run.bring(
                f"{path}.consents[{m}]",
                same.pop(0) if same else None,
                facts,
                add=partial(_give, participant, contact, one),
                change=partial(around.correct_consent, today=ANY_DAY),
            )


def _only(contacts: Mapping[str, list[Contact]], name: str | None) -> Contact | None:
    if name is None:
        return None
    found = contacts.get(name, [])
    refuse_if(None if found else f"there is no contact {name}", "contact")
    refuse_if(None if len(found) == 1 else f"two contacts are called {name}", "contact")
    return found[0]


def _give(
    participant: Participant,
    contact: Contact | None,
    shape: ConsentShape,
    *,
    by: Actor,
    now: datetime,
    **_facts: Any,
) -> None:
    consent = around.give_consent(
        participant,
        contact or shape.recipient,
        recipient=shape.recipient,
        purpose=shape.purpose,
        scope=shape.scope,
        given_on=shape.given_on,
        expires_on=shape.expires_on,
        today=ANY_DAY,
        by=by,
        now=now,
    )
    if shape.revoked_on is not None:
        around.revoke_consent(consent, revoked_on=shape.revoked_on, today=ANY_DAY, by=by, now=now)


def _theirs(model: Any, participant: Participant, *conditions: Any) -> Iterable[Any]:
    return db.scalars(
        select(model).where(model.participant_id == participant.id, *conditions).order_by(model.id)
    ).all()
