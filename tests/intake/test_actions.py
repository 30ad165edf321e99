from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from clinic.db import db
from clinic.errors import Refused
from clinic.intake import actions, queries
from clinic.intake.models import Settings, Upload
from clinic.intake.rules import namesakes_in_question
from clinic.participants.actions import add_participant
from clinic.participants.models import Participant
from clinic.tables.rules import Sheet, Style
from clinic.trail import Actor, TrailEvent
from tests import make

HEADER = ["Name", "DOB", "E-mail", "Phone", "Pronouns", "Language", "PIN", "Preferred name", "Key"]
JO = ["Jo Avery", "1990-03-09", "jo@example.org", "202-555-0123", "they/them", "Spanish",
      "482913", "JJ", "x-1"]  # fmt: skip


@pytest.fixture
def now(app, at):
    return at("2026-03-04 12:00")


@pytest.fixture
def clerk(now):
    return make.staff().account


def by(clerk):
    return Actor("account", clerk.id)


def bring(upload, clerk, now, seen=None):
    prepared = actions.prepare(upload, now=now)
    seen = seen or prepared.digest
    return actions.bring_in(upload, prepared, seen=seen, by=by(clerk), now=now)


def result_of(upload):
    return upload.added, upload.changed, upload.same, upload.left_out


def header_of(upload):
    return upload.settings.header_of(upload.rows)


def listed():
    people = select(Participant).options(joinedload(Participant.account))
    return db.scalars(
        people.order_by(Participant.id).execution_options(populate_existing=True)
    ).all()


def verbs():
    return db.scalars(select(TrailEvent.verb).order_by(TrailEvent.id)).all()


def sheet(*rows, name="", marks=None):
    return Sheet(name, list(rows), [], marks or {})


# Keeping


def test_sheets_are_kept_one_below_the_other_with_their_doubts(clerk, now):
    sheets = [
        sheet(["Notes"], name="Read me"),
        sheet(["Name", "DOB"], ["Jo Avery", "1990-03-09"], name="People", marks={(1, 0): "A."}),
    ]
    upload = actions.keep(sheets, file_name="", account_id=clerk.id, now=now)
    assert (upload.file_name, header_of(upload), len(upload.rows)) == ("list", ["Name", "DOB"], 3)
    assert (upload.settings.part, upload.settings.marks) == (1, {(2, 0): "A."})
    assert upload.settings.is_matched is False


def test_a_list_without_people_is_not_kept(clerk, now):
    with pytest.raises(Refused, match="but no people below them"):
        actions.keep([sheet(["Name", "DOB"])], file_name="x", account_id=clerk.id, now=now)


# Saying what the columns hold


def two_sheets(clerk, now):
    sheets = [sheet(["Name"], ["Jo Avery"]), sheet(["E-mail"], ["jo@example.org"])]
    return actions.keep(sheets, file_name="x", account_id=clerk.id, now=now)


def test_another_sheet_is_guessed_at_anew(clerk, now):
    upload = two_sheets(clerk, now)
    actions.choose(upload, part=1, header=0)
    assert (header_of(upload), upload.settings.columns) == (["E-mail"], ("email",))


def test_another_row_or_none_names_the_columns(clerk, now):
    upload = two_sheets(clerk, now)
    actions.choose(upload, part=0, header=None)
    assert (header_of(upload), upload.settings.header) == ([""], None)
    actions.choose(upload, part=0, header=1)
    assert header_of(upload) == ["Jo Avery"]


def test_rows_and_sheets_that_are_not_there_change_nothing(clerk, now):
    upload = two_sheets(clerk, now)
    before = upload.settings
    actions.choose(upload, part=0, header=3)
    actions.choose(upload, part=9, header=3)
    assert upload.settings == before


def test_columns_are_matched_or_refused(clerk):
    upload = make.upload(clerk, ["A", "B"], ["Jo Avery", "3/9/1990"])
    before = upload.settings
    with pytest.raises(Refused, match="Say which column holds the name"):
        actions.match(upload, [None, "phone"], {})
    assert upload.settings is before
    actions.match(upload, ["name", "birth_on"], {})
    assert upload.settings.is_matched is False  # it can be read both ways
    actions.match(upload, ["name", "birth_on"], {1: Style.MONTH_FIRST})
    assert upload.settings.is_matched is True


# Correcting


def test_corrections_replace_cells_right_or_wrong(clerk):
    upload = make.upload(clerk)
    upload.settings = replace(upload.settings, marks={(1, 0): "A.", (1, 1): "B."})
    actions.correct(
        upload,
        {(1, 0): "Jo Cruz", (1, 1): "1990-03-09", (1, 7): "no such column"},
        shown={1},
        left_out={1},
        checked=set(),
        answers={1: "else"},
    )
    make.saved()
    db.refresh(upload)
    assert upload.rows == [["Name", "Birth date"], ["Jo Cruz", "1990-03-09"]]
    assert upload.settings.marks == {(1, 1): "B."}
    assert (upload.settings.left_out, upload.settings.answers) == ({1}, {1: "else"})


def test_a_row_that_was_only_looked_at_stays_as_it_is(clerk):
    upload = make.upload(clerk)
    rows = upload.rows
    actions.correct(upload, {}, shown={1}, left_out=set(), checked=set(), answers={})
    assert upload.rows is rows


def test_all_questions_about_one_namesake_are_answered_but_those_that_were(clerk, now):
    jordan, casey = make.participant(name="Jordan Avery"), make.participant(name="Casey Cruz")
    upload = make.upload(clerk, ["Name", "DOB"], ["Jordan Avery", ""], ["Casey Cruz", "never"])
    upload.settings = replace(upload.settings, answers={2: "else"})
    plan = queries.plan_of(upload, now=now)
    actions.answer_all(upload, namesakes_in_question(plan))
    assert upload.settings.answers == {1: str(jordan.id), 2: "else"}
    assert casey.id != jordan.id


# Bringing in


def test_newcomers_are_added_with_all_that_is_said(clerk, now):
    upload = make.upload(clerk, HEADER, JO, ["Casey Cruz", *[""] * 8])
    assert result_of(bring(upload, clerk, now)) == (2, 0, 0, 0)
    jo, casey = listed()
    assert (jo.key, jo.name, jo.preferred_name, jo.birth_on) == (
        "x-1",
        "Jo Avery",
        "JJ",
        date(1990, 3, 9),
    )
    assert (jo.phone, jo.pronouns, jo.language) == ("+12025550123", "they/them", "es")
    assert (jo.account.email, jo.pin_digest is not None) == ("jo@example.org", True)
    assert (casey.name, casey.key) == ("Casey Cruz", "p-001")


def test_nothing_of_the_list_is_kept_and_the_trail_has_numbers_alone(clerk, now):
    upload = make.upload(clerk, HEADER, JO)
    bring(upload, clerk, now)
    make.saved()
    db.refresh(upload)
    assert (upload.file_name, upload.rows, upload.settings) == ("", [], Settings(parts=()))
    last = db.scalars(select(TrailEvent).order_by(TrailEvent.id.desc())).first()
    assert (last.verb, last.facts) == (
        "upload.brought_in",
        '{"added":1,"changed":0,"left_out":0,"same":0}',
    )
    assert "Avery" not in "".join(db.scalars(select(TrailEvent.facts)))


def test_a_second_press_changes_nothing(clerk, now):
    upload = make.upload(clerk, HEADER, JO)
    prepared = actions.prepare(upload, now=now)
    first = result_of(bring(upload, clerk, now))
    later = now + timedelta(minutes=1)
    again = actions.bring_in(upload, prepared, seen="", by=by(clerk), now=later)
    assert result_of(again) == first
    assert upload.brought_in_at == now
    assert len(listed()) == 1


def test_the_same_list_again_changes_nothing(clerk, now):
    bring(make.upload(clerk, HEADER, JO), clerk, now)
    before = verbs()
    with pytest.raises(Refused, match="nobody to add and nothing to change"):
        bring(make.upload(clerk, HEADER, JO), clerk, now)
    assert verbs() == before


def test_whoever_is_there_is_changed_and_what_is_empty_kept(clerk, now):
    bring(make.upload(clerk, HEADER, JO), clerk, now)
    (jo,) = listed()
    pin = jo.pin_digest
    again = make.upload(clerk, ["Key", "E-mail", "Language"], ["x-1", "jo@example.com", "English"])
    assert result_of(bring(again, clerk, now)) == (0, 1, 0, 0)
    assert (jo.name, jo.preferred_name, jo.phone, jo.pin_digest) == (
        "Jo Avery",
        "JJ",
        "+12025550123",
        pin,
    )
    assert (jo.account.email, jo.language) == ("jo@example.com", "en")


def test_new_numbers_pass_over_those_that_are_taken_or_in_the_list(clerk, now):
    make.participant(key="p-002", name="Sam Diaz")
    rows = [["Name", "Key"], ["Jo Avery", ""], ["Casey Cruz", "p-003"], ["Pia Park", ""]]
    bring(make.upload(clerk, *rows), clerk, now)
    assert [person.key for person in listed()] == ["p-002", "p-004", "p-003", "p-005"]


def test_rows_that_are_left_out_are_counted(clerk, now):
    upload = make.upload(clerk, HEADER, JO, ["?", *[""] * 8])
    upload.settings = replace(upload.settings, left_out=frozenset([2]))
    assert result_of(bring(upload, clerk, now)) == (1, 0, 0, 1)


def test_with_one_problem_nobody_is_brought_in(clerk, now):
    upload = make.upload(clerk, HEADER, JO, ["Casey Cruz", "never", *[""] * 7])
    with pytest.raises(Refused, match="1 row has a problem"):
        bring(upload, clerk, now)
    assert db.scalar(select(func.count(Participant.id))) == 0


def test_what_changed_since_it_was_looked_at_is_looked_at_again(clerk, now):
    upload = make.upload(clerk, HEADER, JO)
    seen = queries.digest_of(queries.plan_of(upload, now=now))
    make.participant(key="x-1", name="Jo Avery")
    with pytest.raises(Refused, match="The list of participants has changed"):
        bring(upload, clerk, now, seen=seen)


def test_what_changed_after_it_was_worked_out_is_worked_out_anew(clerk, now):
    upload = make.upload(clerk, ["Name"], ["Jo Avery"])
    prepared = actions.prepare(upload, now=now)
    add_participant(name="Sam Diaz", by=by(clerk), now=now)
    actions.bring_in(upload, prepared, seen=prepared.digest, by=by(clerk), now=now)
    assert [(each.name, each.key) for each in listed()] == [
        ("Sam Diaz", "p-001"),
        ("Jo Avery", "p-002"),
    ]


def test_a_list_that_was_corrected_after_it_was_worked_out_is_looked_at_again(clerk, now):
    upload = make.upload(clerk, ["Name"], ["Jo Avery"])
    prepared = actions.prepare(upload, now=now)
    upload.settings = replace(upload.settings, left_out=frozenset([1]))
    with pytest.raises(Refused, match="The list of participants has changed"):
        actions.bring_in(upload, prepared, seen=prepared.digest, by=by(clerk), now=now)


def test_as_many_statements_keep_others_waiting_for_one_person_as_for_many(clerk, now, queries):
    numbers = []
    for many in (1, 30):
        people = [make.participant(name=f"Known {many}-{n}") for n in range(many)]
        newcomers = [[f"New {many}-{n}", "", "202-555-0123"] for n in range(many)]
        known = [[one.name, one.key, f"202-555-01{n:02d}"] for n, one in enumerate(people)]
        upload = make.upload(clerk, ["Name", "Key", "Phone"], *newcomers, *known)
        prepared = actions.prepare(upload, now=now)
        make.saved()
        with queries() as count:
            actions.bring_in(upload, prepared, seen=prepared.digest, by=by(clerk), now=now)
            numbers.append(count())
        assert (upload.added, upload.changed) == (many, many)
    assert numbers[0] == numbers[1] <= 25


# Afterwards


def test_a_list_that_is_given_up_is_gone(clerk):
    actions.give_up(make.upload(clerk))
    assert db.scalar(select(func.count(Upload.id))) == 0


def test_lists_are_forgotten_after_a_day(clerk, now):
    make.upload(clerk, uploaded_at=now - timedelta(days=1))
    kept = make.upload(clerk, uploaded_at=now - timedelta(hours=23))
    actions.sweep(now=now)
    assert db.scalars(select(Upload.id)).all() == [kept.id]
