from datetime import date, datetime, time, timedelta
from types import SimpleNamespace
from zoneinfo import ZoneInfo

from clinic.authorizations.rules import Beyond, More
from clinic.consequences import Change, Part
from clinic.days import WEEK, WeeklyTime
from clinic.effects import rules
from clinic.effects.rules import NOBODY, Picture
from clinic.hours.rules import Balance, Flag, State, Target, WeekOf
from clinic.programs.models import Kind
from tests.make import ZONE


def test_weekly_times_share_a_line_by_their_hours():
    times = [WeeklyTime(2, 480, 960), WeeklyTime(0, 480, 960), WeeklyTime(5, 1200, 1440)]
    assert rules.times_words(times) == "Mon, Wed 8:00 am – 4:00 pm; Sat 8:00 pm – 12:00 am"
    assert rules.times_words([]) == ""


THIS = date(2026, 3, 2)


def week(number=0, *, planned=540, state=State.ON_COURSE):
    """A week of somebody's, counted from this one."""
    target = Target(date(2026, 1, 5), 540, 720, None)
    balance = Balance(planned, 0, 0, planned, 0, 3)
    return WeekOf(THIS + number * WEEK, target, balance, state, 0, ())


def enrolled(*weeks, meetings=(), number=1, facts=(), places=(), busy=(), beyond=()):
    """A picture of one enrollment; its meetings are numbered from 1 on."""
    return Picture(
        programs={number: "Evening IOP"},
        facts={(number, what): words for what, words in dict(facts).items()},
        places={(number, *key): place for key, place in dict(places).items()},
        weeks={(number, each.week): each for each in weeks},
        busy={number: list(busy)},
        meetings={place: each for place, each in enumerate(meetings, start=1) if each},
        beyond={number: Beyond("A1", dict(beyond))},
    )


def meeting(day, *, is_cancelled=False, enrollment_id=1):
    """From 10:00 to 11:00 in New York."""
    starts = datetime.combine(date.fromisoformat(day), time(10), ZoneInfo(ZONE))
    return SimpleNamespace(
        enrollment_id=enrollment_id,
        day=starts.date(),
        starts_at=starts,
        ends_at=starts + timedelta(hours=1),
        title="Process",
        kind=Kind.GROUP,
        lead="Ana Rivera",
        is_cancelled=is_cancelled,
        timezone=ZONE,
    )


def picture(*meetings, **enrollment):
    return enrolled(meetings=meetings, **enrollment)


def between(before, after, cancelled=()):
    return rules.consequences(before, after, cancelled=cancelled, week=THIS)


def part(found, heading):
    return next((each for each in found.parts if each.heading == heading), Part())


def facts(found):
    return part(found, "The enrollment").changes


def rosters(found):
    return part(found, "Groups and sessions").changes


def lists(found):
    return part(found, "Groups and sessions").lists


def test_what_stays_as_it_was_leads_to_nothing():
    same = picture(meeting("2026-03-09"), facts={"Enrolled": "from Jan 5, 2026"})
    nothing = "Nothing changes: the same groups, the same sessions."
    assert between(same, same) == ((Part("Groups and sessions", (nothing,)),), (), ())


def test_facts_are_told_before_and_after():
    before = picture(facts={"Enrolled": "from Jan 5, 2026", "Leave": "through Mar 6", "Same": "so"})
    after = picture(facts={"Enrolled": "Jan 5 – Mar 8", "Same": "so", "Ended": "Left"})
    assert facts(between(before, after)) == (
        Change("Enrolled", "from Jan 5, 2026", "Jan 5 – Mar 8", "Evening IOP"),
        Change("Leave", "through Mar 6", "", "Evening IOP"),
        Change("Ended", "", "Left", "Evening IOP"),
    )


def test_an_enrollment_that_begins_or_goes_is_told_like_any_change():
    one = picture(facts={"Enrolled": "from Mar 9"})
    assert facts(between(NOBODY, one)) == (Change("Enrolled", "", "from Mar 9", "Evening IOP"),)
    assert facts(between(one, NOBODY)) == (Change("Enrolled", "from Mar 9", "", "Evening IOP"),)


def test_places_on_groups_begin_end_and_move():
    first, last = date(2026, 1, 5), date(2026, 3, 8)
    before = picture(
        places={
            (1, first): ("Process", "from Jan 5, 2026"),
            (2, first): ("Skills", "from Jan 5, 2026"),
            (3, first): ("Family", "from Jan 5, 2026"),
        }
    )
    after = picture(
        places={
            (1, first): ("Process", "Jan 5, 2026 – Mar 8, 2026"),
            (2, first): ("Skills", "from Jan 5, 2026"),
            (4, last): ("Aftercare", "from Mar 8, 2026"),
        }
    )
    assert rosters(between(before, after)) == (
        Change("Process", "from Jan 5, 2026", "Jan 5, 2026 – Mar 8, 2026", "Evening IOP"),
        Change("Family", "from Jan 5, 2026", "", "Evening IOP"),
        Change("Aftercare", "", "from Mar 8, 2026", "Evening IOP"),
    )


def test_sessions_are_gained_lost_or_take_place_no_more():
    stays, goes, off = meeting("2026-03-09"), meeting("2026-03-10"), meeting("2026-03-11")
    comes = meeting("2026-03-12")
    found = between(picture(stays, goes, off), picture(stays, None, None, comes), cancelled={3})
    words = "10:00 – 11:00 am: Process"
    assert lists(found) == (
        Part("1 session more", (f"Thu, Mar 12, {words}",)),
        Part("1 session fewer", (f"Tue, Mar 10, {words}",)),
        Part("1 session that no longer takes place", (f"Wed, Mar 11, {words}",)),
    )
    alone = meeting("2026-03-12")
    alone.title, alone.kind = "Individual session", Kind.INDIVIDUAL
    (found,) = lists(between(picture(), picture(alone)))
    assert found.sentences == ("Thu, Mar 12, 10:00 – 11:00 am: Individual with Ana Rivera",)
    both = between(picture(stays, off), picture(), cancelled={1, 2})
    assert [each.heading for each in lists(both)] == ["2 sessions that no longer take place"]


def test_a_session_that_was_cancelled_before_is_neither_gained_nor_lost():
    off = meeting("2026-03-09", is_cancelled=True)
    assert lists(between(picture(off), picture())) == ()
    assert lists(between(picture(), picture(off))) == ()
    (gained,) = lists(between(picture(off), picture(meeting("2026-03-09"))))
    assert gained.heading == "1 session more"


def test_a_session_held_for_another_enrollment_of_theirs_stays():
    one = picture(meeting("2026-03-09"))
    other = picture(meeting("2026-03-09", enrollment_id=2), number=2)
    assert lists(between(one, other)) == ()


def test_the_first_few_sessions_are_named_in_order_the_others_counted():
    days = [f"2026-03-{day:02d}" for day in (9, 10, 11, 12, 13, 16)]
    (found,) = lists(between(picture(), picture(*(meeting(day) for day in reversed(days)))))
    assert (found.heading, found.more) == ("6 sessions more", "and 2 more through Mon, Mar 16")
    assert [line[:11] for line in found.sentences] == [
        "Mon, Mar 9,",
        "Tue, Mar 10",
        "Wed, Mar 11",
        "Thu, Mar 12",
    ]


def weeks_between(before, after):
    found = between(before, after)
    return [(each.what, each.is_same) for each in part(found, "Hours").weeks]


def test_this_week_and_the_next_are_always_told():
    same = enrolled(week(-1), week(0), week(1), week(2))
    assert weeks_between(same, same) == [("This week, Mar 2", True), ("Next week, Mar 9", True)]


def test_past_weeks_are_told_where_they_change_and_the_first_of_those_to_come():
    before = enrolled(*(week(number) for number in range(-3, 6)))
    changed = [week(number, state=State.PARTIAL) for number in (-2, 0, 3, 4)]
    after = enrolled(*(week(number) for number in range(-3, 6)), *changed)
    assert weeks_between(before, after) == [
        ("Week of Feb 16", False),
        ("This week, Mar 2", False),
        ("Next week, Mar 9", True),
        ("Week of Mar 23", False),
    ]


def test_weeks_that_come_or_go_are_told():
    assert weeks_between(enrolled(week(0)), enrolled(week(1))) == [
        ("This week, Mar 2", False),
        ("Next week, Mar 9", False),
    ]


def test_sessions_at_a_time_when_they_cannot_come_are_warned_of():
    busy = (WeeklyTime(0, 630, 700),)  # Mondays
    before = picture(meeting("2026-03-02"), busy=busy)
    after = picture(meeting("2026-03-02"), meeting("2026-03-09"), meeting("2026-03-10"), busy=busy)
    sentence = (
        "1 session is at a time when they cannot come,"
        " the first on Mon, Mar 9, 10:00 – 11:00 am: Process."
    )
    assert between(before, after).warnings == (sentence,)


def test_times_at_which_they_can_come_no_more_warn_of_what_is_booked():
    booked = [meeting(day) for day in ("2026-02-23", "2026-03-02", "2026-03-09")]
    before, after = picture(*booked), picture(*booked, busy=(WeeklyTime(0, 630, 700),))
    (sentence,) = between(before, after).warnings
    assert sentence.startswith(
        "2 sessions are at a time when they cannot come, the first on Mon, M"
    )


def test_sessions_beside_those_times_or_cancelled_are_not_warned_of():
    after = picture(meeting("2026-03-09"), busy=(WeeklyTime(0, 540, 600), WeeklyTime(0, 660, 720)))
    assert between(picture(), after).warnings == ()
    after = picture(meeting("2026-03-09", is_cancelled=True), busy=(WeeklyTime(0, 540, 660),))
    assert between(picture(), after).warnings == ()


def warnings(before, after):
    return between(before, after).warnings


def test_the_first_whole_week_with_too_little_planned_is_warned_of():
    before = enrolled(week(0), week(1), week(2))
    after = enrolled(
        week(-1, planned=60),
        week(0, planned=60, state=State.PARTIAL),
        week(1, planned=270),
        week(2, planned=60),
    )
    assert warnings(before, after) == (
        "Evening IOP: 4 h 30 min of 9 hours are planned in the week of Mar 9.",
    )


def test_a_week_that_was_too_thin_before_is_not_the_fault_of_the_act():
    thin = enrolled(week(1, planned=270))
    assert warnings(thin, thin) == ()


def test_the_first_week_with_more_planned_than_prescribed_is_warned_of_where_the_act_made_it_so():
    over = [week(n, planned=750)._replace(flags=(Flag.OVER,)) for n in (-1, 1, 2)]
    before, after = enrolled(week(1), week(2)), enrolled(*over)
    assert warnings(before, after) == (
        "Evening IOP: 12 h 30 min are booked in the week of Mar 9, more than 12 hours.",
    )
    assert warnings(after, after) == ()


def test_a_week_that_was_over_the_maximum_is_warned_of_again_where_even_more_is_planned():
    over, more = (
        enrolled(week(1, planned=planned)._replace(flags=(Flag.OVER,))) for planned in (750, 810)
    )
    assert warnings(over, more) == (
        "Evening IOP: 13 h 30 min are booked in the week of Mar 9, more than 12 hours.",
    )
    assert warnings(more, over) == ()


def test_a_make_up_of_what_was_missed_is_not_too_much():
    def missed(planned):
        balance = Balance(planned, 180, 0, planned - 180 - 240, 3, 3)
        return enrolled(week(1, planned=planned)._replace(balance=balance, flags=(Flag.OVER,)))

    assert warnings(missed(730), missed(820)) == ()
    assert warnings(missed(930), missed(1020)) == (
        "Evening IOP: 13 h are booked in the week of Mar 9, more than 12 hours.",
    )


def test_an_enrollment_that_goes_is_not_warned_of():
    assert between(enrolled(week(1)), NOBODY).warnings == ()


def test_sessions_that_no_authorization_covers_are_said_first_and_ask_for_a_reason():
    day = THIS + timedelta(days=3)
    before, after = enrolled(week()), enrolled(week(planned=60), beyond={7: day})
    found = rules.consequences(before, after, cancelled=(), week=THIS)
    assert found.warnings[0] == "1 session on Thu, Mar 5 is beyond authorization A1."
    assert found.beyond == (More(1, "A1", 1, day),)
    assert rules.consequences(after, after, cancelled=(), week=THIS).beyond == ()
