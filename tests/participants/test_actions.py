from datetime import date

import pytest
from sqlalchemy import select

from clinic.db import db, transaction
from clinic.errors import Refused
from clinic.participants import actions, queries, rules
from clinic.participants.models import Participant, RetiredPin
from clinic.permissions import Role
from clinic.trail import Actor, TrailEvent
from tests import make
from tests.race import race

DESK = Actor("account", 7)
NOW = make.instant("2026-03-02 10:00")
JO = {
    "name": "Jordan Avery",
    "preferred_name": "Jo",
    "birth_on": date(1990, 2, 3),
    "email": "Jo@Example.org",
    "pin": "482913",
    "pronouns": "they/them",
    "language": "es",
    "phone": "202-555-0123",
}


def add(**facts):
    return actions.add_participant(**{"name": "Blake Avery"} | facts, by=DESK, now=NOW)


def change(participant, **facts):
    return actions.change_participant(participant, **facts, by=DESK, now=NOW)


def verbs():
    return db.scalars(select(TrailEvent.verb).order_by(TrailEvent.id)).all()


def refusal(call, *args, **facts):
    with pytest.raises(Refused) as refused:
        call(*args, **facts)
    return refused.value.sentence


def test_somebody_is_added_with_an_account_of_a_participant(app):
    jo = add(**JO, key="p-007")
    stored = queries.find_participant("p-007")
    assert stored is jo
    assert (jo.name, jo.preferred_name, jo.birth_on) == ("Jordan Avery", "Jo", date(1990, 2, 3))
    assert (jo.pronouns, jo.language, jo.phone) == ("they/them", "es", "+12025550123")
    assert jo.pin_digest == queries.pin_digest("482913")
    assert (jo.account.email, jo.account.roles) == ("jo@example.org", {Role.PARTICIPANT})
    assert (jo.account.password_hash, jo.account.is_active) == (None, True)
    assert verbs() == ["account.added", "participant.added"]


def test_a_name_is_enough(app):
    blake = add()
    assert (blake.key, blake.pin_digest, blake.account.email) == ("p-001", None, None)
    assert (blake.pronouns, blake.language, blake.phone) == (None, None, None)


def test_the_next_key_steps_over_keys_in_use(app):
    make.participant(key="p-002")
    make.participant(key="p-003")
    assert [add().key, add(key="blake").key, add().key] == ["p-004", "blake", "p-005"]


def test_changing_says_whether_anything_changed(app):
    jo = add(**JO)
    before = verbs()
    assert change(jo) is False
    assert change(jo, pin="482913") is False
    assert verbs() == before
    for facts in (
        {"name": "Jordan Avery-Lee"},
        {"preferred_name": None},
        {"birth_on": date(1990, 2, 4)},
        {"pin": "482914"},
        {"pronouns": "she/her"},
        {"language": None},
        {"phone": "202-555-0124"},
    ):
        assert change(jo, **facts) is True
    assert verbs() == [*before, *["participant.changed"] * 7]
    assert change(jo, email=None) is True
    assert jo.account.email is None


def test_details_that_are_not_given_stay(app):
    jo = add(**JO)
    assert change(jo, name="Jordan A.", phone="(202) 555-0123") is True
    assert (jo.pronouns, jo.language, jo.phone) == ("they/them", "es", "+12025550123")
    change(jo, pronouns=None, phone="")
    assert (jo.pronouns, jo.language, jo.phone) == (None, "es", None)


def test_details_that_cannot_be_are_refused(app):
    jo = add(**JO)
    assert refusal(change, jo, phone="12").startswith("This is no phone number.")
    assert refusal(add, language="Spanish").startswith("Write the language as its code")
    assert (jo.language, jo.phone) == ("es", "+12025550123")


def test_a_record_that_was_merged_is_not_changed_any_more(app):
    gone = make.participant(merged_into_id=make.participant().id)
    assert refusal(change, gone, name="Jordan A.") == (
        "This record has been merged into another one. Look for it there."
    )
    assert gone.name == "Jordan Avery"


def test_without_a_new_pin_the_old_one_stays(app):
    jo = add(**JO)
    change(jo, name="Jordan A.")
    assert jo.pin_digest == queries.pin_digest("482913")


def test_a_pin_that_somebody_else_has_is_refused(app):
    add(**JO)
    taken = "This PIN is someone else’s, or was. Choose another."
    blake = add(pin="1357")
    assert refusal(change, blake, pin="482913") == taken
    assert refusal(add, pin="482913") == taken
    assert refusal(actions.set_pin, blake, "0000", now=NOW) == (
        "A PIN of one repeated digit is too easy to guess."
    )
    assert blake.pin_digest == queries.pin_digest("1357")


def test_a_pin_that_ended_never_comes_to_mean_somebody_else(app):
    jo, blake = add(**JO), add(pin="1357")
    taken = "This PIN is someone else’s, or was. Choose another."

    change(jo, pin="775533")
    assert refusal(change, blake, pin="482913") == taken
    assert refusal(add, pin="482913") == taken
    change(jo, pin="482913")  # it was theirs
    change(jo, pin="775533")

    assert refusal(add, pin="482913") == taken
    kept = db.execute(select(RetiredPin.participant_id, RetiredPin.digest, RetiredPin.retired_at))
    assert [tuple(row) for row in kept] == [
        (jo.id, queries.pin_digest(pin), NOW) for pin in ("482913", "775533")
    ]


def renew(person, **facts):
    before = facts.pop("before", queries.pin_mark(person))
    return actions.renew_pin(person, before=before, by=DESK, now=NOW, **facts)


def test_a_new_pin_is_one_that_nobody_has_or_had(app, monkeypatch):
    jo, blake = add(**JO), add(pin="1357")
    change(blake, pin="246801")
    made = iter(["444444", "482913", "246801", "1357", "603182"])
    monkeypatch.setattr(actions, "new_digits", lambda _length: next(made))

    assert renew(jo) == "603182"

    assert jo.pin_digest == queries.pin_digest("603182")
    assert refusal(change, blake, pin="482913") is not None
    event = db.scalars(select(TrailEvent).order_by(TrailEvent.id.desc()).limit(1)).one()
    assert (event.verb, event.subject_id, event.facts) == ("participant.pin_renewed", jo.id, "{}")


def test_a_new_pin_has_six_random_digits(app):
    jo = add()
    pins = {renew(jo) for _ in range(20)}
    assert len(pins) == 20
    assert {len(pin) for pin in pins} == {6}
    assert "".join(pins).isdigit()


def test_of_two_who_make_a_new_pin_at_once_one_is_told(app):
    jo = add(**JO)
    before = queries.pin_mark(jo)
    make.saved()

    def call():
        with transaction():
            return renew(db.get_one(Participant, jo.id), before=before)

    answers = race(app, *3 * [call])
    (pin,) = [each for each in answers if isinstance(each, str)]
    refused = [each.sentence for each in answers if isinstance(each, Refused)]
    assert refused == 2 * [rules.PIN_JUST_MADE]
    assert jo.pin_digest == queries.pin_digest(pin)


def test_whoever_was_merged_gets_no_new_pin(app):
    gone = make.participant(merged_into_id=make.participant().id)
    assert refusal(renew, gone) == rules.MERGED


def test_an_address_that_somebody_else_has_is_refused_however_it_is_written(app):
    add(**JO)
    make.staff(email="ana@example.org")
    taken = "This e-mail address belongs to somebody else already."
    assert refusal(add, email="JO@example.ORG") == taken
    assert refusal(add, email="ana@example.org") == taken
    blake = add()
    assert refusal(change, blake, email="jo@example.org") == taken


def test_a_birth_date_to_come_is_refused(app):
    assert refusal(add, birth_on=date(2026, 3, 3)) == "This day is in the future."
    jo = add(**JO)
    assert refusal(change, jo, birth_on=date(1890, 1, 1)) == "This day is more than 120 years ago."
    assert jo.birth_on == date(1990, 2, 3)


def test_a_birth_date_is_compared_with_the_day_it_is_at_the_clinic(app):
    make.site()
    late = {"by": DESK, "now": make.instant("2026-03-02 23:30")}  # the day after, in UTC
    born = actions.add_participant(name="Blake Avery", birth_on=date(2026, 3, 2), **late)
    assert born.birth_on == date(2026, 3, 2)
    tomorrow = {"name": "Casey Avery", "birth_on": date(2026, 3, 3)} | late
    assert refusal(actions.add_participant, **tomorrow) == "This day is in the future."


def test_of_two_who_give_the_same_pin_at_once_one_wins(app):
    one, other = make.participant(), make.participant()

    def choose(participant_id):
        def chosen():
            with transaction():
                participant = db.get_one(Participant, participant_id)
                actions.set_pin(participant, "482913", now=NOW)

        return chosen

    answers = race(app, choose(one.id), choose(other.id))
    assert answers.count(None) == 1
    digests = db.scalars(select(Participant.pin_digest)).all()
    assert sorted(digests, key=bool) == [None, queries.pin_digest("482913")]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("pin", "482913"),
        ("pin", "1111"),
        ("email", "jo@example.org"),
        ("birth_on", date(2026, 3, 3)),
        ("phone", "12"),
        ("language", "Spanish"),
    ],
)
def test_a_no_names_the_fact_that_it_is_about(app, field, value):
    blake = add()
    add(**JO)
    for call, who in ((actions.add_participant, ()), (actions.change_participant, (blake,))):
        facts = {"name": "Blake Diaz", "preferred_name": None, "birth_on": None, "email": None}
        with pytest.raises(Refused) as refused:
            call(*who, **facts | {"pin": None, field: value}, by=DESK, now=NOW)
        assert refused.value.field == field
