from datetime import date, timedelta

import pytest

from clinic.demo.clinic import clinic_on
from clinic.exchange.models.clinic_file import ClinicFile
from clinic.exchange.rules.whole import problems
from tests.exchange.files import knowing

TODAY = date(2026, 11, 18)
PROVIDED = knowing(rule_sets=["asam-2-1"])


@pytest.mark.parametrize("days", range(7))
def test_on_any_day_it_is_a_clinic_file_without_a_problem(days):
    file = ClinicFile.model_validate(clinic_on(TODAY + timedelta(days=days)))
    assert problems(file, PROVIDED) == []


def test_the_same_day_gives_the_same_clinic_and_another_day_another():
    assert clinic_on(TODAY) == clinic_on(TODAY)
    assert clinic_on(TODAY) != clinic_on(TODAY + timedelta(days=1))


def test_it_is_a_clinic_of_some_size():
    file = ClinicFile.model_validate(clinic_on(TODAY))
    assert [site.timezone for site in file.sites] == ["America/New_York", "America/Chicago"]
    assert [one.level for one in file.programs] == ["2.1", "2.1", "2.1", "2.1", "aftercare"]
    assert (len(file.staff), len(file.participants)) == (18, 68)
    assert sum(one.kind != "individual" for one in file.series) == 25
    assert {one.kind for one in file.series} == {"group", "individual", "family", "education"}
    assert len([one for one in file.sessions if one.cancelled]) == 1
    assert any(one.date < TODAY for one in file.sessions)
    assert any(one.date > TODAY for one in file.sessions)


def test_every_series_of_a_participant_is_one_of_the_clinic():
    file = ClinicFile.model_validate(clinic_on(TODAY))
    places = [place.key for one in file.enrollments for place in one.series]
    assert set(places) == {one.key for one in file.series}
