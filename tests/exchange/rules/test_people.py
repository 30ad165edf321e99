from datetime import date

from clinic.exchange.rules.known import Known
from tests.exchange.files import person, problems


def test_two_people_do_not_share_an_address_whatever_they_are():
    blake = {"key": "blake", "name": "Blake Lee"}
    assert problems(staff=[blake | {"email": "Jo@Example.org"}]) == [
        "participants[0].email: jo@example.org is the e-mail address in staff[1].email already"
    ]
    assert problems(participants=[blake | {"email": "jo@example.org"}]) == [
        (
            "participants[1].email: jo@example.org is the e-mail address in participants[0].email"
            " already"
        )
    ]
    assert problems(staff=[blake], participants=[blake]) == []


def test_two_people_do_not_share_a_pin_and_it_is_not_repeated_in_the_message():
    blake = person(2, pin="482913")
    assert problems(participants=[blake]) == [
        "participants[1].pin: participants[0].pin has this PIN already"
    ]


def test_working_hours_end_after_they_start():
    noon = [{"days": ["mon"], "start": "12:00", "end": "12:00"}]
    assert problems({"staff[0].working_hours": noon}) == [
        "staff[0].working_hours[0].end: is not after start"
    ]


MOTHER = {"name": "Maria Avery", "relation": "mother"}
CONSENT = {
    "recipient": "Maria Avery",
    "contact": "Maria Avery",
    "purpose": "Family sessions",
    "scope": ["schedule"],
    "given": date(2026, 1, 12),
}


def of_consent(contacts, **facts):
    changes = {"participants[0].contacts": contacts, "participants[0].consents": [CONSENT | facts]}
    return problems(changes)


def test_a_consent_holds_from_the_day_it_was_given():
    place = "participants[0].consents[0]"
    assert of_consent([MOTHER], expires=date(2026, 1, 12), revoked=date(2026, 1, 12)) == []
    assert of_consent([MOTHER], expires=date(2026, 1, 11), revoked=date(2026, 1, 10)) == [
        f"{place}.expires: is before given",
        f"{place}.revoked: is before given",
    ]
    assert of_consent([MOTHER], scope=["hours", "schedule", "hours"]) == [
        f"{place}.scope: names something twice"
    ]


def test_a_consent_names_one_contact():
    place = "participants[0].consents[0].contact"
    assert of_consent([]) == [f"{place}: there is no contact Maria Avery"]
    aunt = MOTHER | {"relation": "aunt"}
    assert of_consent([MOTHER, aunt]) == [f"{place}: two contacts are called Maria Avery"]


def test_whoever_was_merged_is_somebody_else_now():
    assert problems({}, Known(merged={"p-001": "p-007"})) == [
        "participants[0].key: is the same person as p-007: they were merged"
    ]
