from typing import Any

from wtforms import (
    BooleanField,
    EmailField,
    HiddenField,
    StringField,
    TelField,
)
from wtforms.validators import (
    DataRequired,
    Email,
    InputRequired,
    Length,
    Optional,
    ValidationError,
)

from clinic.formats import phone
from clinic.forms import Choice, Day, EditForm, Form, Several
from clinic.participants.models import Scope
from clinic.participants.rules import (
    LABELS,
    LANGUAGES,
    LONGEST,
    SCOPES,
    phone_number,
    why_not_language,
    why_not_phone,
    why_not_pin,
)

OTHER = "other"


class Phone(TelField):
    """A phone number, shown as pages say it; `kept` has it as it is stored."""

    def _value(self) -> str:
        return self.data or "" if self.raw_data else phone(self.data)

    def pre_validate(self, _form: Any) -> None:
        if self.data and (sentence := why_not_phone(self.data)):
            raise ValidationError(sentence)

    @property
    def kept(self) -> str | None:
        """What was typed; nothing for no number, and in a form that is only shown for rubbish."""
        typed = self.data
        return phone_number(typed) if typed and not why_not_phone(typed) else None


class PersonFields(Form):
    """Who somebody is. An empty PIN keeps the one they have."""

    name = StringField(
        LABELS["name"],
        validators=[DataRequired("Enter the person's name."), Length(max=LONGEST["name"])],
    )
    preferred_name = StringField(
        LABELS["preferred_name"], validators=[Optional(), Length(max=LONGEST["preferred_name"])]
    )
    pronouns = StringField(
        LABELS["pronouns"], validators=[Optional(), Length(max=LONGEST["pronouns"])]
    )
    birth_on = Day(LABELS["birth_on"], validators=[Optional()])
    language = Choice(
        LABELS["language"],
        coerce=str,
        choices=lambda: [("", "Not known"), *LANGUAGES.items(), (OTHER, "Another one")],
        validators=[Optional()],
    )
    language_code = StringField("Code of another language", validators=[Optional()])
    phone = Phone(LABELS["phone"], validators=[Optional()])
    email = EmailField(
        LABELS["email"],
        validators=[
            Optional(),
            Email("This is not an e-mail address."),
            Length(max=LONGEST["email"]),
        ],
    )
    pin = StringField(LABELS["pin"], validators=[Optional()])
    is_somebody_else = BooleanField("It is somebody else")

    def validate_pin(self, field: Any) -> None:
        if sentence := why_not_pin(field.data):
            raise ValidationError(sentence)

    def validate_language(self, field: Any) -> None:
        if field.data == OTHER and not self.language_code.data:
            raise ValidationError("Write the code of the language below.")

    def validate_language_code(self, field: Any) -> None:
        if sentence := why_not_language(field.data):
            raise ValidationError(sentence)

    def show_language(self, code: str | None) -> None:
        """Have the form hold the language that somebody speaks."""
        is_listed = code is None or code in LANGUAGES
        self.language.data = code or "" if is_listed else OTHER
        self.language_code.data = None if is_listed else code

    @property
    def person(self) -> dict[str, Any]:
        """What was typed, as the actions take it: nothing rather than empty text."""
        language = self.language_code if self.language.data == OTHER else self.language
        typed = {field: self[field].data for field in LABELS}
        typed |= {"language": language.data, "phone": self.phone.kept}
        return {field: value or None for field, value in typed.items()}


class ParticipantForm(EditForm, PersonFields):
    """A person’s details, to add or to change."""

    @property
    def facts(self) -> dict[str, Any]:
        return self.person


class PinForm(Form):
    """A new PIN in place of the one that has this mark."""

    before = HiddenField()


class ContactForm(EditForm):
    """Somebody around a participant."""

    name = StringField(
        "Name", validators=[DataRequired("Enter the name of the contact."), Length(max=120)]
    )
    relation = StringField(
        "What they are to the participant", validators=[Optional(), Length(max=60)]
    )
    phone = Phone("Phone", validators=[Optional()])
    email = EmailField(
        "E-mail",
        validators=[Optional(), Email("This is not an e-mail address."), Length(max=254)],
    )
    is_for_emergencies = BooleanField("To be called in an emergency")

    @property
    def facts(self) -> dict[str, Any]:
        return {
            "name": self.name.data,
            "relation": self.relation.data or None,
            "phone": self.phone.kept,
            "email": self.email.data or None,
            "is_for_emergencies": self.is_for_emergencies.data,
        }


class ConsentForm(Form):
    """What a participant allows us to tell whom."""

    contact = Choice("To whom", validators=[Optional()])
    recipient = StringField("Name of somebody else", validators=[Length(max=120)])
    purpose = StringField(
        "What for", validators=[DataRequired("Say what it is for."), Length(max=200)]
    )
    scope = Several(
        "What may be told",
        choices=lambda: [(scope.value, words) for scope, words in SCOPES.items()],
        coerce=Scope,
        validators=[InputRequired("Choose what may be told.")],
    )
    given_on = Day("Given on", validators=[InputRequired("Enter the day it was given.")])
    expires_on = Day("Last day", validators=[Optional()])

    def validate_recipient(self, field: Any) -> None:
        if self.contact.data is None and not self.contact.errors and not field.data:
            raise ValidationError("Choose a contact above, or write who it is.")
        if self.contact.data is not None and field.data:
            raise ValidationError("Choose a contact or write a name, not both.")

    def validate_expires_on(self, field: Any) -> None:
        if self.given_on.data and field.data < self.given_on.data:
            raise ValidationError("The last day is before the day it was given.")


class RevokeForm(Form):
    """From when on a consent holds no more."""

    revoked_on = Day("Taken back on", validators=[InputRequired("Enter the day.")])
