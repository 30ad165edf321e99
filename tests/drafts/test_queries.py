from datetime import timedelta

from clinic.drafts import actions, queries, rules
from tests import make

NOON = make.instant("2026-03-02 12:00")


def test_somebody_has_drafts_until_their_time_is_over(app):
    ana, eve = make.staff().account, make.staff().account
    assert queries.has_drafts(ana.id, now=NOON) is False
    actions.keep(ana.id, "/staff/new", [], now=NOON)
    last = NOON + rules.LASTS - timedelta(seconds=1)
    assert queries.has_drafts(ana.id, now=last) is True
    assert queries.has_drafts(ana.id, now=NOON + rules.LASTS) is False
    assert queries.has_drafts(eve.id, now=NOON) is False
