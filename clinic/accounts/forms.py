from datetime import date
from typing import Any, Final

from wtforms import EmailField, HiddenField, PasswordField, StringField
from wtforms.validators import (
    DataRequired,
    EqualTo,
    InputRequired,
    Length,
    Optional,
    ValidationError,
)

from clinic.accounts import rules
from clinic.accounts.rules import ROLE_WORDS, SHORTEST
from clinic.forms import Day, Form, Several, WeeklyTimes
from clinic.permissions import STAFF_ROLES, Role

DUTIES: Final = {  # what somebody who gives a role has to know of it; the table is permissions.py
    Role.ADMIN: "everything, and who works here",
    Role.COORDINATOR: "admits people, plans groups and time off",
    Role.CLINICIAN: "their own groups and caseload",
    Role.FRONT_DESK: "who is expected and who has arrived, without topics",
    Role.BILLING: "hours and enrollments, without topics",
    Role.AUDITOR: "reads records and changes nothing",
}
LONG: Final = Length(max=200, message="Use at most 200 characters.")


class Secret(PasswordField):
    """A password: taken as it is typed, spaces too, and never sent back."""

    is_secret = True


class SignInForm(Form):
    next = HiddenField()
    email = EmailField(
        "E-mail",
        [DataRequired("Enter your e-mail address.")],
        render_kw={"autocomplete": "username", "autocapitalize": "off", "spellcheck": "false"},
    )
    password = Secret(
        "Password",
        [InputRequired("Enter your password.")],
        render_kw={"autocomplete": "current-password"},
    )


def _new() -> Secret:
    return Secret(
        "New password",
        [InputRequired("Choose a password.")],
        description=f"At least {SHORTEST} characters. Four or five words in a row do well.",
        render_kw={"autocomplete": "new-password"},
    )


def _repeated() -> Secret:
    return Secret(
        "New password again",
        [
            InputRequired("Enter the new password a second time."),
            EqualTo("password", "This is not the same as above."),
        ],
        render_kw={"autocomplete": "new-password"},
    )


class InvitationForm(Form):
    """Setting the first password, or a new one in place of a forgotten one."""

    password = _new()
    repeated = _repeated()


class PasswordForm(Form):
    """Another password, for somebody who knows theirs."""

    current = Secret(
        "Current password",
        [InputRequired("Enter the password you have now.")],
        render_kw={"autocomplete": "current-password"},
    )
    password = _new()
    repeated = _repeated()


class CodeForm(Form):
    """The code that somebody was given on paper."""

    code = StringField("Code", [DataRequired("Enter the code from your sheet.")])


class StaffForm(Form):
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
        if why_not := rules.why_not_email(field.data):
            raise ValidationError(why_not)

    def validate_working_hours(self, _field: Any) -> None:
        if why_not := rules.why_not_shifts(self.working_hours.data):
            raise ValidationError(why_not)

    def refuse(self, sentence: str, field: str | None = None) -> None:
        """Put a rule's no at the field that it is about, else above the form."""
        fields = {rules.EMAIL_TAKEN: self.email, rules.LAST_ADMIN: self.roles}
        if sentence in fields:
            fields[sentence].errors = [sentence]
        else:
            super().refuse(sentence, field)

    @property
    def role_set(self) -> frozenset[Role]:
        return frozenset(self.roles.data or [])


class TimeOffForm(Form):
    """Days on which somebody does not work."""

    from_on = Day("First day", [InputRequired("Enter the first day.")])
    until_on = Day("Last day", [InputRequired("Enter the last day.")])
    reason = StringField("Reason", [Optional(), LONG])
    seen = HiddenField()  # the days whose sessions were shown before saving

    def validate_until_on(self, field: Any) -> None:
        if isinstance(self.from_on.data, date) and field.data < self.from_on.data:
            raise ValidationError("The last day is before the first.")

    @property
    def days(self) -> str:
        """What `seen` must be for the days to be saved."""
        return f"{self.from_on.day}/{self.until_on.day}"
