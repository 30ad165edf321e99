from datetime import date

import pytest
from werkzeug.datastructures import MultiDict

from clinic.authorizations.forms import AuthorizationForm, CertificationForm, UndoForm
from clinic.coverage.models import Unit

GOOD = {
    "payer": " Blue  Plan ",
    "number": "A123",
    "code": "h0015",
    "units": "20",
    "unit": "hour",
    "from_on": "2026-03-02",
    "until_on": "2026-03-31",
}


def form(kind, **typed):
    return kind(MultiDict(typed), meta={"csrf": False})


@pytest.mark.parametrize(
    ("typed", "wrong"),
    [
        ({}, []),
        ({"units": "1.5"}, ["units"]),
        ({"unit": "week"}, ["unit"]),
        ({"unit": ""}, ["unit"]),
        ({"number": "x" * 101, "until_on": "soon"}, ["number", "until_on"]),
        (dict.fromkeys(GOOD, ""), sorted(GOOD)),
    ],
)
def test_all_of_an_authorization_is_asked_for(app, typed, wrong):
    with app.test_request_context():
        found = form(AuthorizationForm, **GOOD | typed)
        found.validate()
        assert sorted(found.errors) == wrong


def test_what_was_typed_is_the_facts_of_the_act(app):
    with app.test_request_context():
        found = form(AuthorizationForm, **GOOD)
        assert found.validate()
        assert found.facts == {
            "payer": "Blue Plan",
            "number": "A123",
            "code": "h0015",
            "units": 20,
            "unit": Unit.HOUR,
            "from_on": date(2026, 3, 2),
            "until_on": date(2026, 3, 31),
            "review_on": None,
        }
        certified = form(CertificationForm, certified_on="2026-03-02", name="Dr. Ortiz")
        assert certified.validate()
        assert certified.facts == {
            "certified_on": date(2026, 3, 2),
            "name": "Dr. Ortiz",
            "license_text": None,
            "review_on": None,
        }
        assert not form(CertificationForm, name="Dr. Ortiz").validate()
        assert not form(UndoForm).validate()
