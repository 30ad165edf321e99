from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from clinic.db import PERSONAL, PLAIN, Base
from clinic.participants.models import Participant


class Why(StrEnum):
    """What calls for a task: misses of somebody, or whoever gives it."""

    IN_A_ROW = "in a row"
    FIRST_MISS = "first miss"  # after a good run
    FALLING = "falling"  # the share of sessions that they come to
    GIVEN = "given"  # by somebody, in their words


class TaskState(StrEnum):
    OPEN = "open"
    DONE = "done"
    WITHDRAWN = "withdrawn"  # what called for it is not so any more


class TaskOutcome(StrEnum):
    """What came of it."""

    SPOKEN = "spoken"
    MESSAGE_LEFT = "message left"
    NOT_REACHED = "not reached"
    PLAN_CHANGED = "plan changed"
    NOTHING_TO_DO = "nothing to do"
    CARRIED_OUT = "carried out"  # what was given


class Task(Base):
    """A word that somebody is to have with a participant, or something else to be done for them,
    and what came of it.

    Whose it is follows from whose caseload they are on, unless it was given to somebody; one that
    was opened again keeps what came of it the time before.
    """

    __tablename__ = "task"
    __table_args__ = (
        UniqueConstraint("participant_id", "why", "since"),
        Index(None, "state", "due_on"),
        CheckConstraint("(state = 'done') = (done_at is not null)", name="done"),
        CheckConstraint("state <> 'done' or outcome is not null", name="came_of_it"),
        CheckConstraint("(why = 'given') = (what is not null)", name="says_what"),
        CheckConstraint(
            "why = 'given' or (figure is not null and missed_on is not null)", name="says_how_bad"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    participant_id: Mapped[int] = mapped_column(ForeignKey("participant.id"))
    why: Mapped[Why] = mapped_column(info=PERSONAL)
    since: Mapped[datetime] = mapped_column(info=PERSONAL)  # with why and whom its name for good
    figure: Mapped[int | None]  # misses, or a share in percent
    figure_before: Mapped[int | None]  # sessions attended before, or the share then
    missed_on: Mapped[date | None] = mapped_column(info=PERSONAL)  # the latest
    what: Mapped[str | None] = mapped_column(info=PERSONAL)  # is to be done, where it was given
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    given_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    raised_at: Mapped[datetime] = mapped_column(info=PLAIN)
    due_on: Mapped[date] = mapped_column(info=PLAIN)
    told_at: Mapped[datetime | None] = mapped_column(info=PLAIN)  # whoever's it is, by mail
    state: Mapped[TaskState] = mapped_column(default=TaskState.OPEN, info=PLAIN)
    outcome: Mapped[TaskOutcome | None] = mapped_column(info=PERSONAL)
    words: Mapped[str | None] = mapped_column(info=PERSONAL)
    done_at: Mapped[datetime | None] = mapped_column(info=PLAIN)
    done_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))

    participant: Mapped[Participant] = relationship(lazy="raise_on_sql")
