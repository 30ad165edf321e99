"""What must hold of the people of a clinic file: staff and participants."""

from collections.abc import Iterator

from clinic.exchange.models.clinic_file import ClinicFile, ParticipantShape
from clinic.exchange.rules.known import Known
from clinic.exchange.rules.lists import repeated, weekly


def problems(file: ClinicFile, known: Known) -> Iterator[str]:
    yield from _same_address_or_pin(file)
    for n, person in enumerate(file.staff):
        yield from weekly(f"staff[{n}].working_hours", person.working_hours or [])
    for n, one in enumerate(file.participants):
        yield from _participant(f"participants[{n}]", one, known)


def _same_address_or_pin(file: ClinicFile) -> Iterator[str]:
    emails = [
        *((f"staff[{n}].email", one.email) for n, one in enumerate(file.staff)),
        *((f"participants[{n}].email", one.email) for n, one in enumerate(file.participants)),
    ]
    yield from repeated(emails, "{value} is the e-mail address in {first} already")
    pins = [(f"participants[{n}].pin", one.pin) for n, one in enumerate(file.participants)]
    yield from repeated(pins, "{first} has this PIN already")


def _participant(path: str, one: ParticipantShape, known: Known) -> Iterator[str]:
    if one.key in known.merged:
        yield f"{path}.key: is the same person as {known.merged[one.key]}: they were merged"
    names = [contact.name for contact in one.contacts]
    for m, consent in enumerate(one.consents):
        place = f"{path}.consents[{m}]"
        if consent.expires is not None and consent.expires < consent.given:
            yield f"{place}.expires: is before given"
        if consent.revoked is not None and consent.revoked < consent.given:
            yield f"{place}.revoked: is before given"
        if len(set(consent.scope)) < len(consent.scope):
            yield f"{place}.scope: names something twice"
        if consent.contact is not None and consent.contact not in names:
            yield f"{place}.contact: there is no contact {consent.contact}"
        elif names.count(consent.contact or "") > 1:
            yield f"{place}.contact: two contacts are called {consent.contact}"
