from datetime import date

import pytest

from clinic.db import db
from clinic.errors import NotFound
from clinic.intake import queries
from clinic.intake.models import Part, Settings
from clinic.intake.rules import Standing
from clinic.tables.rules import Style
from tests import make

NOW = make.instant("2026-03-04 10:00")


@pytest.fixture
def clerk(app, at):
    at("2026-03-04 12:00")
    return make.staff().account


def test_a_list_is_found_by_whoever_brought_it_alone(clerk):
    upload = make.upload(clerk)
    assert queries.get_upload(upload.id, account_id=clerk.id, lock=True) is upload
    for upload_id, account_id in ((upload.id, make.staff().account.id), (99, clerk.id), (None, 1)):
        with pytest.raises(NotFound):
            queries.get_upload(upload_id, account_id=account_id)


def test_the_unfinished_lists_of_somebody_come_latest_first(clerk):
    make.upload(make.staff().account)
    first, second = make.upload(clerk), make.upload(clerk, file_name="more.csv")
    make.upload(clerk, file_name="", rows=[], brought_in_at=make.instant("2026-03-04 12:00"))
    assert [row.id for row in queries.unfinished(clerk.id)] == [second.id, first.id]


def test_settings_come_back_as_they_were_kept(clerk):
    settings = Settings(
        parts=(Part("Notes", 0, 1, ["A word."]), Part("People", 1, 5, [])),
        marks={(3, None): "Row.", (4, 1): "Cell."},
        part=1,
        header=1,
        columns=("name", None, "birth_on"),
        styles={2: Style.DAY_FIRST},
        is_matched=True,
        left_out=frozenset([4]),
        answers={3: "else"},
    )
    upload = make.upload(clerk, settings=settings)
    make.saved()
    db.refresh(upload)
    assert (upload.settings, upload.settings is settings) == (settings, False)


def test_a_plan_is_made_against_the_people_who_are_there(clerk):
    jordan = make.participant(name="Jordan Avery", birth_on=date(1990, 3, 9), pin="482913")
    make.participant(name="Casey Cruz", key="p-9", merged_into_id=jordan.id)
    rows = [
        ["Name", "DOB", "PIN", "Key", "E-mail"],
        ["Jordan Avery", "1990-03-09", "482913", "", ""],
        ["Casey Cruz", "", "", "", ""],
        ["Sam Diaz", "", "482913", "p-9", clerk.email],
    ]
    plan = queries.plan_of(make.upload(clerk, *rows), now=NOW)
    assert [row.standing for row in plan] == [Standing.SAME, Standing.ADD, Standing.PROBLEM]
    assert plan[0].match.id == jordan.id
    assert sorted(plan[2].problems) == [2, 3, 4]


def test_a_birth_date_is_compared_with_the_day_it_is_at_the_clinic(clerk):
    make.site()
    rows = [["Name", "DOB"], ["Jo Avery", "2026-03-04"], ["Kim Tran", "2026-03-05"]]
    late = make.instant("2026-03-04 23:30")  # the day after, in UTC
    plan = queries.plan_of(make.upload(clerk, *rows), now=late)
    assert [row.standing for row in plan] == [Standing.ADD, Standing.PROBLEM]


def test_a_plan_is_another_one_when_the_clinic_has_changed(clerk):
    jordan = make.participant(name="Jordan Avery", birth_on=date(1990, 3, 9))
    rows = [["Name", "DOB", "Phone"], ["Jordan Avery", "1990-03-09", "202-555-0123"]]
    upload = make.upload(clerk, *rows)
    before = queries.digest_of(queries.plan_of(upload, now=NOW))
    assert queries.digest_of(queries.plan_of(upload, now=NOW)) == before
    jordan.phone = "+12025550177"
    db.flush()
    assert queries.digest_of(queries.plan_of(upload, now=NOW)) != before


def test_a_plan_needs_as_many_statements_for_one_as_for_many(clerk, queries):
    numbers = []
    for many in (1, 30):
        rows = [["Name"], *[[f"Jo {'abcdefghijklmnopqrstuvwxyzäöüß'[n]}"] for n in range(many)]]
        upload = make.upload(clerk, *rows)
        make.saved()
        with queries() as count:
            plan(upload)
            numbers.append(count())
    assert numbers == [5, 5]


def plan(upload):
    return queries.plan_of(upload, now=NOW)
