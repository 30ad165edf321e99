"""How people come and go, as chance has it."""

from random import Random
from typing import NamedTuple

from clinic.schedule.models import Status

RELIABILITY = (0.74, 0.98)  # shares of days on which people come, from worst to best
LATE, EARLY = 0.09, 0.04  # shares of those who come
LEFT_OPEN = 0.2  # share of people whom the latest sheets say nothing of yet
ABSENCES = (
    Status.EXCUSED,
    Status.EXCUSED,
    Status.LATE_CANCEL,
    Status.NO_SHOW,
    Status.NO_SHOW,
)


class Happened(NamedTuple):
    """What became of one person at one session; minutes after its start and before its end."""

    status: Status
    late: int = 0
    early: int = 0


def what_happened(random: Random, reliability: float) -> Happened:
    """Whether one person comes on a day, and else what it is that keeps them away."""
    if random.random() < reliability:
        return Happened(Status.PRESENT)
    return Happened(random.choice(ABSENCES))


def how_present(random: Random) -> Happened:
    """How somebody who comes is there at one session."""
    late = random.randrange(6, 26) if random.random() < LATE else 0
    early = random.randrange(10, 36) if random.random() < EARLY else 0
    return Happened(Status.PRESENT, late, 0 if late else early)  # not both, in a short session
