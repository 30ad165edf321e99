from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from wtforms import (
    BooleanField,
    EmailField,
    HiddenField,
    RadioField,
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

from clinic.accounts.rules import EMAIL_TAKEN
from clinic.forms import Choice, Day, Form, Several
from clinic.participants.models import Scope
from clinic.participants.rules.consents import SCOPES
from clinic.participants.rules.duplicates import Particulars
from clinic.participants.rules.merge import FIELDS
from clinic.participants.rules.people import (
    LANGUAGES,
    PIN_TAKEN,
    phone_number,
    why_not_language,
    why_not_phone,
    why_not_pin,
)

OTHER = "other"


class Phone(TelField):
    """A phone number; `kept` has it as it is stored."""

    def pre_validate(self, _form: Any) -> None:
        if self.data and (sentence := why_not_phone(self.data)):
            raise ValidationError(sentence)

    @property
    def kept(self) -> str | None:
        """What was typed, once the form is valid; nothing for no number."""
        return phone_number(self.data) if self.data else None


class ParticipantForm(Form):
    """Who somebody is. An empty PIN keeps the one they have."""

    name = StringField(
        "Name", validators=[DataRequired("Enter the person's name."), Length(max=120)]
    )
    preferred_name = StringField("Preferred name", validators=[Optional(), Length(max=60)])
    pronouns = StringField("Pronouns", validators=[Optional(), Length(max=40)])
    birth_on = Day("Birth date", validators=[Optional()])
    language = Choice(
        "Language spoken at home",
        coerce=str,
        choices=lambda: [("", "Not known"), *LANGUAGES.items(), (OTHER, "Another one")],
        validators=[Optional()],
    )
    language_code = StringField("Code of another language", validators=[Optional()])
    phone = Phone("Phone", validators=[Optional()])
    email = EmailField(
        "E-mail",
        validators=[Optional(), Email("This is not an e-mail address."), Length(max=254)],
    )
    pin = StringField("PIN for check-in", validators=[Optional()])
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

    def refuse(self, sentence: str, field: str | None = None) -> None:
        """Put a rule's no at the field that it is about, else above the form."""
        fields = {PIN_TAKEN: self.pin, EMAIL_TAKEN: self.email}
        if sentence in fields:
            fields[sentence].errors = [sentence]
        else:
            super().refuse(sentence, field)

    @property
    def particulars(self) -> Particulars:
        """What somebody is recognised by."""
        return Particulars(
            self.name.data or "",
            self.preferred_name.data or None,
            self.birth_on.data,
            self.phone.kept,
            self.email.data or None,
        )

    @property
    def facts(self) -> dict[str, Any]:
        """What was typed, as the actions take it: nothing rather than empty text."""
        is_other = self.language.data == OTHER
        return {
            "name": self.name.data,
            "preferred_name": self.preferred_name.data or None,
            "pronouns": self.pronouns.data or None,
            "language": (self.language_code.data if is_other else self.language.data) or None,
            "phone": self.phone.kept,
            "birth_on": self.birth_on.data,
            "email": self.email.data or None,
            "pin": self.pin.data or None,
        }


class ContactForm(Form):
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
        if isinstance(self.given_on.data, date) and field.data < self.given_on.data:
            raise ValidationError("The last day is before the day it was given.")


class RevokeForm(Form):
    """From when on a consent holds no more."""

    revoked_on = Day("Taken back on", validators=[InputRequired("Enter the day.")])


class _OneOfTwo(RadioField):
    """One of two records, by its id."""

    def __init__(self, label: str, **options: Any) -> None:
        required = InputRequired("Choose one of the two.")
        super().__init__(label, coerce=int, validators=[required], **options)
        self.type = "RadioField"  # it is shown as one

    def process_formdata(self, valuelist: list[str]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError:
            raise ValueError("Choose one of the two.") from None

    def pre_validate(self, form: Any) -> None:
        try:
            super().pre_validate(form)
        except ValidationError:
            raise ValidationError("Choose one of the two.") from None


class MergeForm(Form):
    """Which of two records stays, and which of them is right in what they say differently."""

    other = HiddenField()
    kept = _OneOfTwo("Which record stays")
    name = _OneOfTwo(FIELDS["name"])
    preferred_name = _OneOfTwo(FIELDS["preferred_name"])
    pronouns = _OneOfTwo(FIELDS["pronouns"])
    language = _OneOfTwo(FIELDS["language"])
    phone = _OneOfTwo(FIELDS["phone"])
    birth_on = _OneOfTwo(FIELDS["birth_on"])
    email = _OneOfTwo(FIELDS["email"])
    pin = _OneOfTwo(FIELDS["pin"])

    def offer(self, records: Sequence[tuple[int, str]], said: Mapping[str, Sequence[str]]) -> None:
        """Have it ask between two records, and in each field between what they say there."""
        ids = [record_id for record_id, _ in records]
        self.kept.choices = list(records)
        for field in FIELDS:
            if field in said:
                self[field].choices = list(zip(ids, said[field], strict=True))
            else:
                del self[field]

    @property
    def asked(self) -> list[Any]:
        """The fields in which the records differ."""
        return [self[field] for field in FIELDS if field in self]

    @property
    def taken(self) -> frozenset[str]:
        """The fields in which the record that goes is right."""
        return frozenset(each.name for each in self.asked if each.data != self.kept.data)
