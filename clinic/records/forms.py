from wtforms.validators import InputRequired

from clinic.forms import Choice, Day, Form


class PutOnForm(Form):
    """A group for an enrollment, from a day on."""

    series = Choice("Group", validators=[InputRequired("Choose a group.")])
    from_on = Day("From", validators=[InputRequired("Enter the first day.")])


class TakeOffForm(Form):
    """The last day of an enrollment on a group."""

    until_on = Day("Last day on it", validators=[InputRequired("Enter the last day.")])
