from datetime import timedelta

import pytest
from sqlalchemy import select

from clinic.db import db, transaction
from clinic.errors import NotFound, Refused
from clinic.kiosk import queries as kiosk
from clinic.kiosk.actions import shut_out
from clinic.kiosk.models import KioskDevice
from clinic.pairing import actions, queries, rules
from clinic.pairing.models import PairingCode
from clinic.tokens import fingerprint
from clinic.trail import Actor, TrailEvent
from tests import make
from tests.race import race


@pytest.fixture
def now(app, at):
    return at("2026-03-02 09:00")


@pytest.fixture
def by(now):
    return Actor("account", make.staff(roles=["admin"]).account_id)


def verbs():
    events = db.execute(select(TrailEvent.verb, TrailEvent.chain).order_by(TrailEvent.id))
    return [(verb, chain) for verb, chain in events]


def devices():
    rows = db.scalars(select(KioskDevice).order_by(KioskDevice.id))
    return [(each.name, each.site_id) for each in rows]


def test_a_code_is_exchanged_for_the_key_of_a_kiosk_once(now, by):
    site = make.site()
    code = actions.make_code(site, name="Front door", by=by, now=now)

    paired = actions.enter_code(code.lower().replace("-", " "), now=now)

    assert paired.why_not is None
    assert kiosk.get_door(fingerprint(paired.key)).id == site.id
    assert devices() == [("Front door", site.id)]
    assert actions.enter_code(code, now=now).why_not == rules.USED
    assert devices() == [("Front door", site.id)]
    events = db.scalars(select(TrailEvent).order_by(TrailEvent.id)).all()
    assert [(each.verb, each.chain) for each in events] == [
        ("kiosk.code_made", site.id),
        ("kiosk.paired", site.id),
    ]
    assert {(each.actor_kind, each.actor_id) for each in events} == {by[:2]}
    assert events[1].facts == '{"code":1}'


def test_a_code_is_short_and_kept_as_a_digest_alone(now, by):
    code = actions.make_code(make.site(), name=None, by=by, now=now)
    kept = db.scalars(select(PairingCode)).one()
    assert len(code) == 9
    assert kept.code_digest == queries.code_digest(code)
    assert code not in str(vars(kept))
    assert kept.expires_at == now + timedelta(minutes=10)


def test_a_code_that_is_wrong_or_over_or_of_a_site_out_of_use_leads_nowhere(now, by):
    site = make.site()
    code = actions.make_code(site, name=None, by=by, now=now)
    over = now + timedelta(minutes=10)

    assert actions.enter_code("7K3M-9QXW", now=now).why_not == rules.WRONG
    assert actions.enter_code(code, now=over).why_not == rules.OVER
    site.is_active = False
    assert actions.enter_code(code, now=now).why_not == rules.SITE_OUT_OF_USE
    site.is_active = True
    assert actions.enter_code(code, now=over - timedelta(seconds=1)).key


def test_a_code_for_the_same_name_ends_the_one_before(now, by):
    site, other = make.site(), make.site()
    first, elsewhere, again = (
        actions.make_code(place, name="Door", by=by, now=now) for place in (site, other, site)
    )
    assert actions.enter_code(first, now=now).why_not == rules.OVER
    assert actions.enter_code(again, now=now).key
    assert actions.enter_code(elsewhere, now=now).key
    assert devices() == [("Door", site.id), ("Door", other.id)]


def test_a_kiosk_has_a_name_of_its_own_whatever_happens_meanwhile(now, by):
    site = make.site()
    codes = [actions.make_code(site, name=None, by=by, now=now) for _ in range(2)]
    make.kiosk_device(site, name="Kiosk")
    for code in codes:
        actions.enter_code(code, now=now)
    assert [name for name, _ in devices()] == ["Kiosk", "Kiosk 2", "Kiosk 2 2"]
    with pytest.raises(Refused) as refused:
        actions.make_code(site, name="Kiosk 2", by=by, now=now)
    assert (refused.value.sentence, refused.value.field) == (rules.TAKEN, "name")


def test_a_code_can_be_ended_before_it_is_used_and_not_after(now, by):
    site = make.site()
    code, used = (actions.make_code(site, name=name, by=by, now=now) for name in "AB")
    actions.enter_code(used, now=now)
    assert [each.name for each in queries.open_codes(now)] == ["A"]

    for code_id in (1, 1, 2):
        actions.end_code(queries.get_code(code_id), by=by, now=now)

    assert queries.open_codes(now) == []
    assert actions.enter_code(code, now=now).why_not == rules.OVER
    assert [verb for verb, _ in verbs()].count("kiosk.code_ended") == 1
    with pytest.raises(NotFound):
        queries.get_code(3)


def test_of_two_tablets_with_one_code_the_first_wins_and_the_other_is_told(app, now, by):
    code = actions.make_code(make.site(), name=None, by=by, now=now)

    def call():
        with transaction():
            return actions.enter_code(code, now=now)

    answers = race(app, *4 * [call])
    assert sorted(str(each.why_not) for each in answers) == ["None", *3 * [rules.USED]]
    assert len(devices()) == 1


def test_a_kiosk_is_renamed_unless_another_has_the_name(now, by):
    front, back = make.kiosk_device(name="Front"), make.kiosk_device(name="Back", key="b")

    actions.rename(front, name="Side", by=by, now=now)
    actions.rename(front, name="Side", by=by, now=now)
    with pytest.raises(Refused) as taken:
        actions.rename(front, name="Back", by=by, now=now)
    shut_out(back, by=by, now=now)
    shut_out(back, by=by, now=now)
    actions.rename(front, name="Back", by=by, now=now)

    assert (taken.value.sentence, taken.value.field) == (rules.TAKEN, "name")
    assert [name for name, _ in devices()] == ["Back", "Back"]
    assert [verb for verb, _ in verbs()] == ["kiosk.renamed", "kiosk.revoked", "kiosk.renamed"]
    with pytest.raises(NotFound):
        queries.get_kiosk(back.id)
