from datetime import date

import pytest
from sqlalchemy import select

from clinic.accounts.rules import EMAIL_TAKEN
from clinic.db import db, transaction
from clinic.errors import Refused
from clinic.participants import actions, queries, rules
from clinic.participants.models import Participant, RetiredPin
from clinic.participants.rules import PIN_TAKEN
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


# Thousands at once

TODAY = NOW.date()


def newcomers(*people):
    return [actions.newcomer(**one, today=TODAY) for one in people]


def columns_of(participant):
    kept = {name: getattr(participant, name) for name in Participant.__mapper__.columns.keys()}  # noqa: SIM118
    account = participant.account
    return kept | {"id": 0, "account_id": 0, "key": "", "email": account.email}, account.roles


def test_people_are_added_together_as_one_by_one(app):
    alone = columns_of(add(**JO, key="p-006"))
    name = {"key": "p-008", "name": "  Álvaro\u200b  Cruz "}
    bare = columns_of(add(**name))
    everybody = newcomers(
        JO | {"key": "p-007", "email": "Jo.2@example.org", "pin": "739164"},
        name | {"key": "p-009"},
    )
    before = len(verbs())
    actions.add_participants(everybody, by=DESK, now=NOW)
    assert verbs()[before:] == ["account.added"] * 2 + ["participant.added"] * 2
    differing = {"email": "jo.2@example.org", "pin_digest": queries.pin_digest("739164")}
    jo = queries.find_participant("p-007")
    assert columns_of(jo) == (alone[0] | differing, alone[1])
    assert columns_of(queries.find_participant("p-009")) == bare
    assert jo.account.is_active
    actions.add_participants([], by=DESK, now=NOW)
    assert len(verbs()) == before + 4


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({"email": "JO@example.org"}, EMAIL_TAKEN),
        ({"pin": "482913"}, PIN_TAKEN),
    ],
)
def test_nobody_is_added_with_what_is_somebody_elses(app, facts, sentence):
    jo = add(**JO)
    people = newcomers({"key": "p-8", "name": "Blake"}, {"key": "p-9", "name": "Casey"} | facts)
    before = len(verbs())
    assert refusal(actions.add_participants, people, by=DESK, now=NOW) == sentence
    assert len(verbs()) == before
    blake = add()
    change = actions.change(blake.id, **facts, today=TODAY)
    if "email" in facts:
        assert refusal(actions.change_participants, [change], by=DESK, now=NOW) == sentence
    assert jo.id != blake.id


def test_what_cannot_be_kept_is_refused_before_anything_is_asked(app):
    assert refusal(actions.newcomer, key="p-1", name="Jo", pin="1111", today=TODAY) == (
        "A PIN of one repeated digit is too easy to guess."
    )
    assert refusal(actions.change, 1, phone="12", today=TODAY).startswith("This is no phone number")
    assert refusal(actions.change, 1, pin="11", today=TODAY) == "A PIN is 4 to 10 digits."


def test_people_are_changed_together_as_one_by_one(app):
    jo, blake, casey = add(**JO), add(), add(name="Casey Cruz", email="casey@example.org")
    before = len(verbs())
    changes = [
        actions.change(jo.id, name="Jordan  Cruz", pin="739164", today=TODAY),
        actions.change(blake.id, phone="202-555-0199", email="B@example.org", today=TODAY),
        actions.change(casey.id, email="cruz@example.org", today=TODAY),
    ]
    actions.change_participants(changes, by=DESK, now=NOW)
    db.expire_all()
    jo, blake, casey = (queries.get_participant(each) for each in (jo.id, blake.id, casey.id))
    assert (jo.name, jo.sort_name, jo.phone) == ("Jordan Cruz", "jordan cruz", "+12025550123")
    assert jo.pin_digest == queries.pin_digest("739164")
    assert (blake.name, blake.phone, blake.account.email) == (
        "Blake Avery",
        "+12025550199",
        "b@example.org",
    )
    assert casey.account.email == "cruz@example.org"
    told = ["account.email_changed"] * 2 + ["participant.changed"] * 3
    assert verbs()[before:] == told


def test_pins_that_are_changed_together_never_mean_somebody_else(app):
    jo, blake = add(**JO), add()

    def give(person, pin):
        actions.change_participants(
            [actions.change(person.id, pin=pin, today=TODAY)], by=DESK, now=NOW
        )

    give(jo, "739164")
    give(jo, "482913")  # one of their own
    give(jo, "739164")
    retired = db.execute(select(RetiredPin.participant_id, RetiredPin.digest)).all()
    assert sorted(retired) == sorted(
        (jo.id, queries.pin_digest(pin)) for pin in ("482913", "739164")
    )
    for pin in ("482913", "739164"):
        assert refusal(give, blake, pin) == PIN_TAKEN
    assert refusal(
        actions.add_participants, newcomers({"key": "p-9", "name": "Casey", "pin": "482913"}),
        by=DESK, now=NOW,
    ) == PIN_TAKEN  # fmt: skip


def test_who_was_merged_is_not_changed(app):
    jo, blake = add(**JO), add()
    blake.merged_into_id = jo.id
    db.flush()
    change = actions.change(blake.id, phone="202-555-0199", today=TODAY)
    assert "merged" in refusal(actions.change_participants, [change], by=DESK, now=NOW)
