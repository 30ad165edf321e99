from collections.abc import Callable

from wtforms import HiddenField

from clinic.db import savepoint, trial
from clinic.errors import Refused
from clinic.forms import Form


class Considered(Form):
    """A form that tells what follows from it, and is sent a second time to have it happen.

    What was told comes back with it: when something else would follow by then, it is told anew.
    """

    agreed = HiddenField()
    told = ""

    def settle(self, act: Callable[[], str | None]) -> bool:
        """Try what is asked for, then do it where that was agreed to or nothing follows from it.

        `act` does it and says in words what followed. True when it is done; a rule's no stands on
        the form.
        """
        try:
            with trial():
                self.told = act() or ""
            if self.told != (self.agreed.data or "") and self.told:
                self.agreed.data = self.told
                return False
            with savepoint():
                act()
        except Refused as refused:
            self.told = self.agreed.data = ""
            self.refuse(refused.sentence)
            return False
        return True
