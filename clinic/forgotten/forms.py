from wtforms import EmailField
from wtforms.validators import DataRequired

from clinic.forms import Form


class ForgottenForm(Form):
    email = EmailField(
        "E-mail",
        [DataRequired("Enter your e-mail address.")],
        render_kw={"autocomplete": "username", "autocapitalize": "off", "spellcheck": "false"},
    )
