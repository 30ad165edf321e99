from collections.abc import Sequence

from sqlalchemy import select

from clinic.accounts.models import Staff
from clinic.db import db
from clinic.errors import or_not_found
from clinic.programs.models import Program, Rule
from clinic.schedule.models import SignOff


def signatures_of(session_id: int) -> Sequence[SignOff]:
    """The signatures on the sheet of a session, the first one first."""
    return db.scalars(
        select(SignOff).where(SignOff.session_id == session_id).order_by(SignOff.is_second)
    ).all()


def get_signer(staff_id: int) -> Staff:
    return or_not_found(db.get(Staff, staff_id))


def rules_of(program_id: int) -> tuple[Program, Sequence[Rule]]:
    """A program, and the figures of the rule set that it follows."""
    program = db.get_one(Program, program_id)
    figures = select(Rule).where(Rule.rule_set_id == program.rule_set_id)
    return program, db.scalars(figures).all()
