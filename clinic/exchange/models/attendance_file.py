"""The shape of an attendance file: what a line may say."""

from typing import Annotated

from pydantic import BeforeValidator, model_validator

from clinic.exchange.models.fields import (
    Day,
    Key,
    Lenient,
    Text,
    Wall,
    empty_as_none,
    known_status,
    no,
)
from clinic.schedule.models import Status


class AttendanceLine(Lenient):
    """One line of an attendance file."""

    enrollment: Key
    series: Key
    date: Day
    status: Annotated[Status, BeforeValidator(known_status)]
    arrived: Annotated[Wall | None, BeforeValidator(empty_as_none)] = None
    left: Annotated[Wall | None, BeforeValidator(empty_as_none)] = None
    reason: Annotated[Text | None, BeforeValidator(empty_as_none)] = None

    @model_validator(mode="after")
    def _in_order(self) -> "AttendanceLine":
        if self.status is not Status.PRESENT and (self.arrived or self.left):
            raise no(f"arrived and left are for those present, not {self.status.value}")
        if self.arrived and self.left and self.left < self.arrived:
            raise no(f"left {self.left:%H:%M} is before arrived {self.arrived:%H:%M}")
        return self
