from typing import Any, Final

from wtforms import EmailField, StringField
from wtforms.validators import DataRequired, InputRequired, Length, Optional, ValidationError

from clinic.accounts.models import Staff
from clinic.accounts.rules import why_not_email
from clinic.days import WeeklyTime, why_not_range
from clinic.formats import ROLE_WORDS
from clinic.forms import Day, EditForm, Several
from clinic.permissions import STAFF_ROLES, Role
from clinic.staff import rules
from clinic.weekly import WeeklyTimes

DUTIES: Final = {  # what somebody who gives a role has to know of it; the table is permissions.py
    Role.ADMIN: "everything, and who works here",
    Role.COORDINATOR: "admits people, plans groups and time off",
    Role.CLINICIAN: "their own groups and caseload",
    Role.FRONT_DESK: "who is expected and who has arrived, without topics",
    Role.BILLING: "hours and enrollments, without topics",
    Role.AUDITOR: "reads records and changes nothing",
}


LONG: Final = Length(max=200, message="Use at most 200 characters.")


class StaffForm(EditForm):
    """Somebody who works here."""

    name = StringField("Name", [DataRequired("Enter their name."), LONG])
    credentials = StringField("Credentials", [Optional(), LONG])
    email = EmailField("E-mail", [Optional(), LONG])
    roles = Several(
        "Roles",
        coerce=Role,
        choices={role.value: f"{ROLE_WORDS[role]} – {DUTIES[role]}" for role in STAFF_ROLES},
    )
    license_number = StringField("License number", [Optional(), LONG])
    license_expires_on = Day("License expires", [Optional()])

    working_hours = WeeklyTimes("Working hours")

    def validate_email(self, field: Any) -> None:
        if why_not := why_not_email(field.data):
            raise ValidationError(why_not)

    def validate_working_hours(self, _field: Any) -> None:
        if why_not := rules.why_not_shifts(self.working_hours.data):
            raise ValidationError(why_not)

    @classmethod
    def of(cls, person: Staff) -> "StaffForm":
        """The form, filled in as somebody with their account and hours is now."""
        hours = (
            WeeklyTime(each.weekday, each.from_minute, each.until_minute)
            for each in person.working_hours
        )
        return cls(
            name=person.name,
            credentials=person.credentials,
            license_number=person.license_number,
            license_expires_on=person.license_expires_on,
            email=person.account.email,
            roles=person.account.roles,
            working_hours=list(hours),
        )

    @property
    def person(self) -> dict[str, Any]:
        return {"name": self.name.data or "", "credentials": self.credentials.data or None}

    @property
    def license(self) -> dict[str, Any]:
        return {
            "number": self.license_number.data or None,
            "expires_on": self.license_expires_on.data,
        }

    @property
    def role_set(self) -> frozenset[Role]:
        return frozenset(self.roles.data or [])


class TimeOffForm(EditForm):
    """Days on which somebody does not work."""

    from_on = Day("First day", [InputRequired("Enter the first day.")])
    until_on = Day("Last day", [InputRequired("Enter the last day.")])
    reason = StringField("Reason", [Optional(), LONG])

    def validate_until_on(self, field: Any) -> None:
        if self.from_on.data and (sentence := why_not_range(self.from_on.data, field.data)):
            raise ValidationError(sentence)

    @property
    def facts(self) -> dict[str, Any]:
        """What was typed, as the facts of an action, once the form is valid."""
        return {
            "from_on": self.from_on.day,
            "until_on": self.until_on.day,
            "reason": self.reason.data or None,
        }
