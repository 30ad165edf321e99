from datetime import date

import pytest
from werkzeug.datastructures import MultiDict

from clinic.claims import forms
from clinic.claims.rules import CHANGED, NONE, NONE_CHOSEN, Claim, Correction, Day, Worth
from clinic.receipts.models import Settled

UNIT = Worth(1, 1, 180)
DAY = date(2026, 3, 3)


def differing(receipt=5, *, waits=False):
    return Correction(Claim(receipt, 1, DAY, UNIT), Day(1, DAY, NONE, 0, (), waits=waits))


def sent(form, app, *offered, **fields):
    with app.test_request_context(method="POST"):
        asked = form(MultiDict(fields), meta={"csrf": False})
        if offered:
            asked.offer(offered)
        return asked, asked.validate()


@pytest.mark.parametrize(
    ("fields", "errors"),
    [
        ({}, {"how": ["Choose what was done."]}),
        ({"how": "corrected"}, {"corrected_on": [forms.NEEDS_DAY]}),
        ({"how": "left"}, {"words": [forms.NEEDS_WORDS]}),
        ({"how": "left", "words": "x" * 201}, {"words": ["At most 200 letters."]}),
        ({"how": "corrected", "corrected_on": "2026-03-09"}, {}),
    ],
)
def test_each_answer_asks_for_what_belongs_to_it(app, fields, errors):
    form, is_valid = sent(forms.SettleForm, app, **fields)
    assert (form.errors, is_valid) == (errors, not errors)


def test_what_belongs_to_the_other_answer_is_left_out(app):
    both = {"corrected_on": "2026-03-09", "words": "Paid already", "seen": "0.0.0"}
    form, _ = sent(forms.SettleForm, app, how="corrected", **both)
    day = date(2026, 3, 9)
    assert form.facts == {
        "how": Settled.CORRECTED,
        "corrected_on": day,
        "words": None,
        "seen": NONE,
    }
    form, _ = sent(forms.SettleForm, app, how="left", **both | {"seen": "rubbish"})
    assert form.facts == {
        "how": Settled.LEFT,
        "corrected_on": None,
        "words": "Paid already",
        "seen": None,
    }


@pytest.mark.parametrize(
    ("claims", "errors"),
    [
        ([], [NONE_CHOSEN]),
        (["5.1.1.180"], [CHANGED]),  # its day was that before
        (["6.0.0.0"], [CHANGED]),  # waits
        (["5.0.0.0"], []),
    ],
)
def test_claims_are_chosen_as_their_days_are_now(app, claims, errors):
    offered = differing(), differing(6, waits=True)
    form, is_valid = sent(forms.CorrectionsForm, app, *offered, claims=claims)
    assert (form.errors.get("claims", []), is_valid) == (errors, not errors)
    if is_valid:
        assert form.chosen == {5: NONE}
