import pytest

from clinic.errors import BadInput
from clinic.exchange import forms
from tests.exchange.files import riverside, shape_of, text_of


@pytest.mark.parametrize(
    ("path", "value", "sentence"),
    [
        ("organization.day_parts", {"afternoon": "12:00"}, ".evening: is missing"),
        ("organization.doors_minutes", 241, ": must be at most 240"),
        ("organization.policy", {"misses": 0}, ".misses: must be at least 1"),
        ("sites[0].active", "no", ": must be true or false"),
        ("staff[0].license", {"until": 1}, ".until: is not known here"),
        ("staff[0].working_hours", [{"days": ["mon"], "start": "8"}], None),
        ("programs[0].service_days", {"max": 8}, ".max: must be at most 7"),
        (
            "programs[0].counts",
            ["groups"],
            "[0]: must be one of group, individual, family, education or other",
        ),
        ("programs[0].mix", [{"kind": "group"}], "[0].sessions: is missing"),
        ("participants[0].contacts", [{"relation": "aunt"}], "[0].name: is missing"),
        ("enrollments[0].wished_part", "night", ": must be one of morning, afternoon or evening"),
        ("sessions[0].cancelled", True, ": must be text; put it in quotes"),
    ],
)
def test_what_makes_no_sense_gets_a_sentence_at_its_place(path, value, sentence):
    with pytest.raises(BadInput) as bad:
        forms.read_clinic_file(text_of(riverside({path: value})))
    if sentence is None:
        assert [each.partition(":")[0] for each in bad.value.problems] == [
            f"{path}[0].start",
            f"{path}[0].end",
        ]
    else:
        assert list(bad.value.problems) == [f"{path}{sentence}"]


def test_a_weekly_time_is_told_day_by_day():
    busy = [{"days": ["wed", "mon"], "start": "08:00", "end": "24:00"}]
    (found,) = shape_of(riverside({"enrollments[0].unavailable": busy})).enrollments[0].unavailable
    assert found.times == [(0, 480, 1440), (2, 480, 1440)]
