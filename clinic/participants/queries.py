from collections.abc import Collection
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, joinedload

from clinic.accounts.models import Account
from clinic.db import AnyRow, session
from clinic.errors import NotFound
from clinic.participants.models import Participant
from clinic.tokens import keyed

PAGE = 25


class Paging(NamedTuple):
    """Where one is in a long list."""

    page: int
    pages: int
    total: int

    @property
    def previous(self) -> int | None:
        return self.page - 1 if self.page > 1 else None

    @property
    def next(self) -> int | None:
        return self.page + 1 if self.page < self.pages else None


def pin_digest(pin: str) -> str:
    """What is kept of a PIN: recognised at the kiosk, never read back."""
    return keyed("pin", pin)


def get_participant(participant_id: int | None) -> Participant:
    participant = session.scalars(
        select(Participant)
        .where(Participant.id == participant_id)
        .options(joinedload(Participant.account))
    ).one_or_none()
    if participant is None:
        raise NotFound
    return participant


def find_participant(key: str) -> Participant | None:
    return session.scalars(
        select(Participant).where(Participant.key == key).options(joinedload(Participant.account))
    ).one_or_none()


def find_by_account(account_id: int) -> Participant | None:
    return session.scalars(
        select(Participant).where(Participant.account_id == account_id)
    ).one_or_none()


def is_pin_taken(pin: str, *, but: Participant | None = None) -> bool:
    """Whether somebody else has this PIN."""
    taken = select(Participant.id).where(Participant.pin_digest == pin_digest(pin))
    if but is not None:
        taken = taken.where(Participant.id != but.id)
    return session.scalar(taken) is not None


def keys_in_use() -> Collection[str]:
    return set(session.scalars(select(Participant.key)))


def _has(column: InstrumentedAttribute[Any], word: str) -> ColumnElement[bool]:
    # SQLite lowers no letter with an accent: one that begins a name is looked for as a capital.
    return or_(
        func.lower(column).contains(word.lower(), autoescape=True),
        column.contains(word.capitalize(), autoescape=True),
    )


def search(
    words: str, *, page: int, only: ColumnElement[bool] | None = None
) -> tuple[list[AnyRow], Paging]:
    """People whose name, preferred name or key holds every word, by name, a page at a time."""
    columns = (Participant.name, Participant.preferred_name, Participant.key)
    conditions = [or_(*(_has(column, word) for column in columns)) for word in words.split()]
    if only is not None:
        conditions.append(only)
    page = max(1, page)
    rows = session.execute(
        select(
            Participant.id,
            Participant.key,
            Participant.name,
            Participant.preferred_name,
            Account.email,
            func.count().over().label("total"),
        )
        .join(Account, Account.id == Participant.account_id)
        .where(*conditions)
        .order_by(func.lower(Participant.name), Participant.id)
        .limit(PAGE)
        .offset((page - 1) * PAGE)
    ).all()
    if not rows and page > 1:
        raise NotFound
    total = rows[0].total if rows else 0
    paging = Paging(page=page, pages=max(1, -(-total // PAGE)), total=total)
    return list(rows), paging
