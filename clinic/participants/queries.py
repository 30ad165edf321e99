from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, func, null, or_, select, union_all
from sqlalchemy.orm import joinedload

from clinic.accounts.models import Account
from clinic.accounts.queries import get_credentials
from clinic.db import AnyRow, db, in_portions
from clinic.errors import or_not_found
from clinic.formats import told_apart
from clinic.names import ranked, sort_key
from clinic.paging import PAGE, Paging, paged, paging_of
from clinic.participants.models import Consent, Contact, Participant, RetiredPin
from clinic.participants.rules import RECOGNIZED_BY, alike, column_of
from clinic.programs.queries import find_organization
from clinic.tokens import fingerprint, keyed

IS_LISTED = Participant.merged_into_id.is_(None)  # whoever was merged is on no list any more


def pin_digest(pin: str) -> str:
    """What is kept of a PIN: recognised at the kiosk, never read back."""
    return keyed("pin", pin)


def get_participant(participant_id: int | None) -> Participant:
    """Somebody on the list; raises `NotFound` for whoever was merged into another record, too."""
    return or_not_found(
        db.scalars(_with_account().where(Participant.id == participant_id, IS_LISTED)).one_or_none()
    )


def find_participant(key: str) -> Participant | None:
    """Whoever has this key, or into whose record the one with this key was merged."""
    found = db.scalars(_with_account().where(Participant.key == key)).one_or_none()
    if found is not None and found.merged_into_id is not None:
        return get_participant(found.merged_into_id)
    return found


# What `told_apart` needs of each person.
TO_TELL_APART = (
    Participant.id.label("participant_id"),
    Participant.name,
    Participant.preferred_name,
    Participant.key,
    Participant.birth_on,
)


def called(participant_ids: Collection[int], *, by_year: bool) -> dict[int, str]:
    """Participant id to a short name that nobody else on the list has."""
    if not participant_ids:
        return {}
    goes_by = func.lower(
        func.coalesce(func.nullif(Participant.preferred_name, ""), Participant.name)
    )
    people = select(*TO_TELL_APART)
    theirs = db.execute(people.where(Participant.id.in_(participant_ids))).all()
    firsts = {(each.preferred_name or each.name).split()[0].lower() for each in theirs}
    alike = or_(*(goes_by.startswith(first, autoescape=True) for first in firsts))
    names = told_apart([*db.execute(people.where(IS_LISTED, alike)), *theirs], by_year=by_year)
    return {each.participant_id: names[each.participant_id] for each in theirs}


def find_kept(participant_id: int) -> int | None:
    """The id of the record that somebody's was merged into, if it was."""
    return db.scalar(select(Participant.merged_into_id).where(Participant.id == participant_id))


def hold(participant_ids: Collection[int]) -> Sequence[Participant]:
    """These records, whether merged or not, as they are now and locked: others wait."""
    return db.scalars(
        _with_account()
        .where(Participant.id.in_(participant_ids))
        .order_by(Participant.id)
        .with_for_update(of=Participant)
        .execution_options(populate_existing=True)
    ).all()


def _with_account() -> Select[Participant]:
    return select(Participant).options(joinedload(Participant.account, innerjoin=True))


def find_by_account(account_id: int) -> Participant | None:
    return db.scalars(select(Participant).where(Participant.account_id == account_id)).one_or_none()


def is_pin_taken(pin: str, *, but: Participant | None = None) -> bool:
    """Whether this PIN is somebody else's or was: none comes to mean another person."""
    digest = pin_digest(pin)
    whose = union_all(
        select(Participant.id).where(Participant.pin_digest == digest),
        select(RetiredPin.participant_id).where(RetiredPin.digest == digest),
    )
    return any(but is None or who != but.id for who in db.scalars(whose))


def was_somebodys(digest: str) -> bool:
    """Whether somebody had this PIN before, the same person too."""
    had = select(RetiredPin.id).where(RetiredPin.digest == digest).limit(1)
    return db.scalar(had) is not None


def retired_pins() -> Sequence[AnyRow]:
    """Every PIN that somebody had, as its digest, and whose it was."""
    return db.execute(select(RetiredPin.digest, RetiredPin.participant_id)).all()


def pin_mark(participant: Participant) -> str:
    """What tells the PIN of somebody from the one they have next, and says no more of it."""
    return fingerprint(participant.pin_digest or "")[:16]


def pin_owners(digests: Iterable[str]) -> list[tuple[str, int]]:
    """Return which of these PINs somebody has or had, each with whose it is."""
    whose = union_all(
        select(Participant.pin_digest.label("digest"), Participant.id.label("who")),
        select(RetiredPin.digest, RetiredPin.participant_id),
    ).subquery()
    return [
        (row.digest, row.who)
        for some in in_portions(digests)
        for row in db.execute(select(whose).where(whose.c.digest.in_(some)))
    ]


def hold_rows(participant_ids: Iterable[int]) -> dict[int, AnyRow]:
    """Rows of id, account_id, pin_digest and pin_since of those on the list, by id; locked: others
    wait."""
    columns = Participant.id, Participant.account_id, Participant.pin_digest, Participant.pin_since
    found = select(*columns).where(IS_LISTED)
    return {
        row.id: row
        for some in in_portions(participant_ids)
        for row in db.execute(
            found.where(Participant.id.in_(some)).order_by(Participant.id).with_for_update()
        )
    }


def free_keys(but: Collection[str] = ()) -> Iterator[str]:
    """Yield keys for newcomers that nobody has: looked up once, not for each of thousands."""
    number = db.scalar(select(func.max(Participant.id))) or 0
    taken = {*db.scalars(select(Participant.key)), *but}
    while True:
        number += 1
        if f"p-{number:03d}" not in taken:
            yield f"p-{number:03d}"


def record_column(field: str) -> ColumnElement[Any]:
    """Return the column of what a record says in a field."""
    column: ColumnElement[Any] = getattr(
        Account if field == "email" else Participant, column_of(field)
    )
    return column


_LISTED = (
    select(Participant.id, Participant.key, *map(record_column, RECOGNIZED_BY))
    .join(Account, Account.id == Participant.account_id)
    .where(IS_LISTED)
)
_NAMED = select(
    Participant.id,
    Participant.key,
    Participant.name,
    Participant.preferred_name,
    *(null().label(contact) for contact in ("birth_on", "phone", "email")),
).where(IS_LISTED)


def search(
    words: str,
    *,
    page: int,
    only: ColumnElement[bool] | None = None,
    by_contacts: bool = True,
    is_down: bool = False,
) -> tuple[Sequence[AnyRow], Paging]:
    """A page of those whom every word agrees with, the best first; without words of all, by name.

    `only` limits the search to some; without `by_contacts` they are found and shown by name and
    number alone; `is_down` begins with the last name. Raises `NotFound` beyond the last page.
    """
    page = max(1, page)
    if words.strip():
        return paged(found_among(words, only=only, by_contacts=by_contacts), page=page)
    names = (Participant.sort_name, Participant.id)
    rows = db.execute(
        _listed(only, by_contacts=by_contacts)
        .add_columns(func.count().over().label("total"))
        .order_by(*(name.desc() if is_down else name for name in names))
        .limit(PAGE)
        .offset((page - 1) * PAGE)
    ).all()
    return rows, paging_of(rows[0].total if rows else 0, page=page)


def found_among(
    words: str, *, only: ColumnElement[bool] | None = None, by_contacts: bool = True
) -> Sequence[AnyRow]:
    """All of them, the best first; without words everybody, by name."""
    listed = _listed(only, by_contacts=by_contacts)
    if words.strip():
        return ranked(words, db.execute(listed).all())
    return db.execute(listed.order_by(Participant.sort_name, Participant.id)).all()


def _listed(only: ColumnElement[bool] | None, *, by_contacts: bool) -> Select[*tuple[Any, ...]]:
    listed: Select[*tuple[Any, ...]] = _LISTED if by_contacts else _NAMED
    return listed if only is None else listed.where(only)


def possible_duplicates(
    person: Mapping[str, Any], *, but: Participant | None = None
) -> list[tuple[AnyRow, str]]:
    """Return who on the list may be this person, the likeliest first, each with the reason."""
    listed = _LISTED if but is None else _LISTED.where(Participant.id != but.id)
    return alike(person, db.execute(listed).all())


def contacts_of(participant_id: int) -> Sequence[Contact]:
    """Those around somebody, for emergencies first; those who are no contacts any more, last."""
    found = db.scalars(select(Contact).where(Contact.participant_id == participant_id))
    return sorted(
        found,
        key=lambda each: (
            each.ended_at is not None,
            not each.is_for_emergencies,
            sort_key(each.name),
            each.id,
        ),
    )


def consents_of(participant_id: int) -> Sequence[Consent]:
    """What somebody allows or has allowed, the latest first."""
    return db.scalars(
        select(Consent)
        .where(Consent.participant_id == participant_id)
        .order_by(Consent.given_on.desc(), Consent.id.desc())
    ).all()


def get_contact(contact_id: int | None) -> Contact:
    return or_not_found(db.get(Contact, contact_id or 0))


def get_consent(consent_id: int | None) -> Consent:
    return or_not_found(db.get(Consent, consent_id or 0))


def known_of(account_id: int) -> list[str]:
    """The names of whoever has an account, and of the clinic: what others try as a password."""
    person = find_by_account(account_id)
    organization = find_organization()
    names = (
        get_credentials(account_id).name,
        person.name if person else None,
        person.preferred_name if person else None,
        organization.name if organization else None,
    )
    return [name for name in names if name]
