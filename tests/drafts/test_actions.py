from datetime import timedelta

from clinic.drafts import actions, queries, rules
from tests import make

NOON = make.instant("2026-03-02 12:00")
LATE = NOON + rules.LASTS


def kept_for(account, now=NOON):
    found = queries.drafts_of(account.id, now=now)
    return [(draft.path, rules.read(draft.typed)) for draft in found]


def test_what_came_too_late_is_kept_for_one_person_for_a_while(app):
    ana, eve = make.staff().account, make.staff().account
    actions.keep(ana.id, "/staff/new", [("name", "Bea")], now=NOON)
    assert kept_for(ana) == [("/staff/new", [("name", "Bea")])]
    assert kept_for(eve) == []


def test_the_last_of_a_form_is_kept_and_of_many_forms_the_last(app):
    ana = make.staff().account
    for number in range(12):
        actions.keep(ana.id, f"/{number}", [], now=NOON + timedelta(seconds=number))
    actions.keep(ana.id, "/5", [("again", "x")], now=NOON + timedelta(minutes=1))
    assert kept_for(ana) == [
        ("/5", [("again", "x")]),
        *((f"/{number}", []) for number in (11, 10, 9, 8, 7, 6, 4, 3, 2)),
    ]


def test_it_is_thrown_away_by_its_owner_alone_and_by_time(app):
    ana, eve = make.staff().account, make.staff().account
    actions.keep(ana.id, "/staff/new", [], now=NOON)
    (draft,) = queries.drafts_of(ana.id, now=NOON)
    assert actions.remove(draft.id, account_id=eve.id) is False
    actions.sweep(now=LATE - timedelta(seconds=1))
    assert len(kept_for(ana)) == 1
    assert actions.remove(draft.id, account_id=ana.id) is True
    assert kept_for(ana) == []
    actions.keep(ana.id, "/staff/new", [], now=NOON)
    actions.sweep(now=LATE)
    assert kept_for(ana) == []
