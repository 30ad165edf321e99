from datetime import date

from clinic.admissions.rules import Picture
from clinic.consequences import Change, Part
from clinic.sessions.queries import picture_of
from clinic.sessions.rules import consequences
from tests import make

WEEK = date(2026, 3, 9)
NOW = make.instant("2026-03-09 12:00")
NOTHING = Picture({}, {}, {}, {}, {}, {})


def picture(*people):
    return picture_of([each.id for each in people], [WEEK], 0, now=NOW)


def test_an_act_says_whose_hours_become_others_by_name(app):
    zoe, al = (make.enrollment(participant=make.participant(name=name)) for name in ("Zoe", "Al"))
    session = make.session("2026-03-12", "10:00", "13:00")
    for each in (zoe, al):
        make.booking(session, each)
    before = picture(zoe, al)
    session.is_cancelled = True
    after = picture(zoe, al)
    found = consequences(before, after, sentences=["Off"], doubts=["Hm"], week=WEEK)
    what, hours = found.parts
    assert (what, hours.sentences) == (Part("What changes", ("Off",)), ())
    assert [(each.what, each.of) for each in hours.weeks] == [
        ("Al", "week of Mar 9"),
        ("Zoe", "week of Mar 9"),
    ]
    assert [each.before.balance.planned for each in hours.weeks] == [180, 180]
    assert found.warnings[0] == "Hm"
    assert found.warnings[1:] == tuple(
        f"{name}: 0 min of 9 hours are planned in the week of Mar 9." for name in ("Zoe", "Al")
    )


def test_where_nobodys_hours_change_it_says_so():
    found = consequences(NOTHING, NOTHING, changes=[Change("Room", "A", "B")], week=WEEK)
    assert found.parts[1] == Part("Hours", ("Nobody’s hours change.",))
