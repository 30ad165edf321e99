from sqlalchemy import select
from sqlalchemy.orm import joinedload

from clinic.accounts import actions as accounts
from clinic.accounts.models import Staff
from clinic.db import session
from clinic.exchange.actions.run import Run
from clinic.exchange.models import ParticipantShape, StaffShape
from clinic.participants import actions as participants
from clinic.participants.queries import find_participant


def bring_staff(run: Run, shape: StaffShape) -> None:
    """A person who works here, with the account they sign in by."""
    found = session.scalars(
        select(Staff).where(Staff.key == shape.key).options(joinedload(Staff.account))
    ).one_or_none()
    if found is None:
        account = accounts.add_account(
            shape.email, shape.role_set or frozenset(), by=run.by, now=run.now
        )
        accounts.add_staff(
            account,
            key=shape.key,
            name=shape.name,
            credentials=shape.credentials,
            by=run.by,
            now=run.now,
        )
        run.note("staff", "created")
        return
    changes = (
        accounts.change_account(
            found.account,
            email=shape.email or found.account.email,
            roles=found.account.roles if shape.role_set is None else shape.role_set,
            by=run.by,
            now=run.now,
        ),
        accounts.change_staff(
            found,
            name=shape.name,
            credentials=shape.credentials or found.credentials,
            by=run.by,
            now=run.now,
        ),
    )
    run.note("staff", "changed" if any(changes) else "unchanged")


def bring_participant(run: Run, shape: ParticipantShape) -> None:
    """A person served here; what the file does not say of them stays."""
    found = find_participant(shape.key)
    if found is None:
        participants.add(
            key=shape.key,
            name=shape.name,
            preferred_name=shape.preferred_name,
            birth_on=shape.birth_date,
            email=shape.email,
            pin=shape.pin,
            by=run.by,
            now=run.now,
        )
        run.note("participants", "created")
        return
    changed = participants.change(
        found,
        name=shape.name,
        preferred_name=shape.preferred_name or found.preferred_name,
        birth_on=shape.birth_date or found.birth_on,
        email=shape.email or found.account.email,
        pin=shape.pin,
        by=run.by,
        now=run.now,
    )
    run.note("participants", "changed" if changed else "unchanged")
