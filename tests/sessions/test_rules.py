from datetime import date
from types import SimpleNamespace

from clinic.consequences import Change, Part
from clinic.effects.rules import Picture
from clinic.sessions.queries import picture_of
from clinic.sessions.rules import concerned, consequences, told_words
from tests import make

WEEK = date(2026, 3, 9)
NOW = make.instant("2026-03-09 12:00")
NOTHING = Picture({}, {}, {}, {}, {}, {}, {})


def picture(*people):
    return picture_of([each.id for each in people], [WEEK], with_hours=True, now=NOW)


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


def test_whose_plan_comes_to_exceed_what_is_prescribed_is_named(app):
    al = make.enrollment(participant=make.participant(name="Al"), max_minutes=9 * 60)
    session = make.session("2026-03-12", "09:00", "18:00")
    make.booking(session, al)
    before = picture(al)
    session.credit_minutes = 600
    after = picture(al)
    said = "Al: 10 h are booked in the week of Mar 9, more than 9 hours."
    assert consequences(before, after, week=WEEK).warnings == (said,)
    assert consequences(after, after, week=WEEK).warnings == ()
    session.credit_minutes = 660
    more = picture(al)
    said = "Al: 11 h are booked in the week of Mar 9, more than 9 hours."
    assert consequences(after, more, week=WEEK).warnings == (said,)
    assert consequences(more, after, week=WEEK).warnings == ()


def test_where_nobodys_hours_change_it_says_so():
    found = consequences(NOTHING, NOTHING, changes=[Change("Room", "A", "B")], week=WEEK)
    assert found.parts[1] == Part("Hours", ("Nobody’s hours change.",))


MARIA = SimpleNamespace(name="Maria Castillo", phone="+12025550123")
DEVIN = SimpleNamespace(name="Devin Okafor", phone=None)


def test_whom_a_change_concerns_is_told_or_named_with_their_number():
    assert concerned([], [], tell=True) is None
    untold = concerned([MARIA], [DEVIN], tell=False)
    assert untold.sentences == ("Nobody is told by e-mail; 1 person has an address.",)
    assert untold.lists == (
        Part(
            "Who is affected",
            ("Devin Okafor, no phone number", "Maria Castillo, (202) 555-0123"),
        ),
    )
    told = concerned([MARIA], [DEVIN], tell=True)
    assert told.sentences == ("1 person is told by e-mail.",)
    assert told.lists == (Part("To be called", ("Devin Okafor, no phone number",)),)
    assert concerned([MARIA], [], tell=True).lists == ()
    no_mail = concerned([MARIA], [], tell=False, has_mail=False)
    assert no_mail.sentences == ("E-mail is not set up here.",)
    assert no_mail.lists == (Part("To be called", ("Maria Castillo, (202) 555-0123",)),)


def test_the_message_that_it_is_done_says_who_was_told():
    assert told_words([MARIA], [], tell=False) == ""
    assert told_words([MARIA, MARIA], [], tell=True) == " 2 people are told by e-mail."
    assert told_words([], [DEVIN], tell=True) == (
        " 0 people are told by e-mail, call Devin Okafor, no phone number."
    )
