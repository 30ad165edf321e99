from clinic.enrollment.forms import EnrollForm
from clinic.participants.forms import PersonFields


class NewcomerForm(EnrollForm, PersonFields):
    """Somebody who is on no list yet, into a program. `who` is what is asked of them."""

    who = ("name", "preferred_name", "birth_on", "phone", "email")
