import json
from datetime import date

from sqlalchemy import select

from clinic.days import Range
from clinic.db import db
from clinic.exchange.actions.records import note_taken
from clinic.exchange.queries.records import Which
from clinic.exchange.rules.records import Table
from clinic.trail import SYSTEM, Actor, TrailEvent
from tests import make


def test_the_trail_says_who_took_what(app):
    program = make.program()
    staff = make.staff()
    now = make.instant("2026-03-02 10:00")
    days = Range(date(2026, 3, 2), date(2026, 3, 8))
    jordan = make.participant()
    whose = (jordan.id, jordan.key)
    which = Which(days, site_id=program.site_id, program=program, person=whose)
    by = Actor("account", staff.account_id)
    note_taken(Table.HOURS, which, number=3, by=by, now=now)
    note_taken(Table.SESSIONS, Which(days), number=0, by=SYSTEM, now=now)
    whose, commands = db.scalars(select(TrailEvent).order_by(TrailEvent.number)).all()
    assert (whose.verb, whose.subject_kind, whose.subject_id) == (
        "records.exported",
        "account",
        staff.account_id,
    )
    assert json.loads(whose.facts) == {
        "what": "hours",
        "from_on": "2026-03-02",
        "until_on": "2026-03-08",
        "site_id": program.site_id,
        "program_id": program.id,
        "participant_id": jordan.id,
        "records": 3,
    }
    assert (commands.actor_kind, json.loads(commands.facts)["site_id"]) == ("system", None)
