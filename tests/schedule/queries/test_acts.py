from datetime import timedelta

from clinic.enrollment.queries import get_enrollment
from clinic.schedule.actions.acts import keep
from clinic.schedule.actions.rosters import put_on
from clinic.schedule.actions.series import lay_out
from clinic.schedule.queries import acts as queries
from clinic.schedule.queries.series import get_series
from clinic.trail import SYSTEM
from tests import make

NOW = make.instant("2026-03-04 12:00")
BY = {"by": SYSTEM, "now": NOW}


def test_leaders_may_undo_what_was_done_lately_to_places_in_their_groups(app):
    ana, ben = make.staff(), make.staff()
    jo = get_enrollment(make.enrollment(clinician=ben).id)
    series = make.series(jo.program, leaders=[ana], until_on="2026-03-31")
    lay_out(get_series(series.id), **BY)
    person = jo.participant_id

    def act():
        put_on(jo, get_series(series.id), from_on=NOW.date(), **BY)

    name = keep(act, what="put_on", about="roster", participant_ids=[person], **BY)
    for scope, found in ((None, 1), (ana.id, 1), (ben.id, 1), (0, 0)):
        parts = queries.undoable_of(person, scope=scope, with_enrollments=False, now=NOW)
        assert [part.act for part in parts] == [name] * found
    assert len(queries.parts_of(name, "roster")) == 1
    assert queries.parts_of(name, "enrollment") == []
    assert queries.acts_on(person, now=NOW + timedelta(hours=24)) == []
