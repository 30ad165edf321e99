from datetime import date

import pytest
from sqlalchemy import select

from clinic.authorizations.models import Certification
from clinic.coverage.models import Authorization, Unit
from clinic.db import db, savepoint
from clinic.enrollment.queries import find_enrollment
from clinic.errors import BadInput
from clinic.exchange.forms import read_clinic_file
from clinic.exchange.queries.clinic_file import clinic_content
from tests.exchange.files import LATER, bring, part, riverside, text_of

AUTHORIZED = {
    "payer": "Blue Plan",
    "number": 4711,  # as a spreadsheet has it
    "code": "H0015",
    "unit": "day",
    "units": 24,
    "from": date(2026, 1, 12),
    "until": date(2026, 3, 8),
}
CERTIFIED = {"date": date(2026, 1, 12), "by": "Dr. Ortiz", "license": "OH 1"}


def with_these(authorizations=(), certifications=()):
    return riverside(
        {
            "enrollments[0].authorizations": list(authorizations),
            "enrollments[0].certifications": list(certifications),
        }
    )


def again(*args):
    counts = bring(part(with_these(*args), "enrollments"), now=LATER)
    return [dict(counts[name]) for name in ("authorizations", "certifications")]


def test_a_file_brings_authorizations_and_corrects_them_by_number_code_and_first_day(app):
    bring(with_these([AUTHORIZED], [CERTIFIED]))
    one = db.scalars(select(Authorization)).one()
    assert (one.number, one.unit, one.units) == ("4711", Unit.DAY, 24)
    assert one.enrollment_id == find_enrollment("e-001").id
    assert again([AUTHORIZED], [CERTIFIED]) == [{"unchanged": 1}, {"unchanged": 1}]
    more = [AUTHORIZED | {"units": 30, "review": date(2026, 2, 16)}, AUTHORIZED | {"number": "B1"}]
    without = {name: value for name, value in CERTIFIED.items() if name != "license"}
    assert again(more, [without | {"by": "Dr. Lena Ortiz"}]) == [
        {"changed": 1, "created": 1},
        {"changed": 1},
    ]
    assert (one.units, one.review_on) == (30, date(2026, 2, 16))
    certified = db.scalars(select(Certification)).one()
    assert (certified.name, certified.license) == ("Dr. Lena Ortiz", "OH 1")
    entry = next(each for each in clinic_content()["enrollments"] if each["key"] == "e-001")
    assert [each["number"] for each in entry["authorizations"]] == ["4711", "B1"]
    assert entry["certifications"] == [CERTIFIED | {"by": "Dr. Lena Ortiz"}]


def test_units_of_one_number_and_code_are_not_brought_twice(app):
    bring(with_these([AUTHORIZED], [CERTIFIED]))
    later = AUTHORIZED | {"code": "h0015", "from": date(2026, 3, 8), "until": date(2026, 4, 8)}
    with pytest.raises(BadInput) as bad, savepoint():
        again([AUTHORIZED, later], [CERTIFIED])
    (found,) = bad.value.problems
    assert "are on the list from Jan 12, 2026 to Mar 8, 2026. Change that one" in found
    after = later | {"from": date(2026, 3, 9)}
    assert again([AUTHORIZED, after], [CERTIFIED])[0] == {"unchanged": 1, "created": 1}
    assert set(db.scalars(select(Authorization.code))) == {"H0015"}
    assert again([after], [CERTIFIED])[0] == {"unchanged": 1}


@pytest.mark.parametrize(
    ("authorized", "certified", "problem"),
    [
        ({"until": date(2026, 1, 1)}, {}, "authorizations[0].until: The last day is before"),
        ({"units": -2}, {}, "authorizations[0].units: must be at least 1"),
        ({"units": 0}, {}, "authorizations[0].units: must be at least 1"),
        ({"units": "ten"}, {}, "authorizations[0].units: "),
        ({"code": "H0015 HF"}, {}, "authorizations[0].code: Write the code without spaces"),
        ({"unit": "week"}, {}, "authorizations[0].unit: must be one of day, session or hour"),
        ({}, {"review": date(2026, 1, 1)}, "certifications[0].review: The review comes after"),
    ],
)
def test_what_makes_no_sense_is_named_with_its_place(app, authorized, certified, problem):
    data = with_these([AUTHORIZED | authorized], [CERTIFIED | certified])

    def read_and_bring():
        read_clinic_file(text_of(data))
        bring(data)

    with pytest.raises(BadInput) as bad, savepoint():
        read_and_bring()
    (found,) = bad.value.problems
    assert found.startswith(f"enrollments[0].{problem}")
