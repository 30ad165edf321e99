from typing import Final

from sqlalchemy import exists, select

from clinic.accounts.models import Account
from clinic.db import db
from clinic.demo.clinic import PASSWORD
from clinic.permissions import Role
from clinic.programs.models import Organization

SHOWN: Final = (
    Role.CLINICIAN,
    Role.COORDINATOR,
    Role.FRONT_DESK,
    Role.BILLING,
    Role.AUDITOR,
    Role.ADMIN,
    Role.PARTICIPANT,
)


def sign_ins() -> list[tuple[Role, str, str]]:
    """One of each role to look around as: role, e-mail address, password; none in a real clinic."""
    accounts = db.execute(
        select(Account.email, Account.roles)
        .where(
            exists().where(Organization.is_demo),
            Account.is_active,
            Account.email.is_not(None),
            Account.password_hash.is_not(None),
        )
        .order_by(Account.id)
    )
    first: dict[Role, str] = {}
    for email, roles in accounts:
        for role in roles:
            first.setdefault(role, email or "")
    return [(role, first[role], PASSWORD) for role in SHOWN if role in first]
