import json
import re
from datetime import date

import pytest
from sqlalchemy import func, select

from clinic.db import db
from clinic.preview import CHANGED
from clinic.programs.models import Kind
from clinic.schedule.actions.rosters import fill
from clinic.schedule.actions.series import lay_out
from clinic.schedule.models import Booking, Method, RosterEntry, Session, Status
from clinic.trail import SYSTEM, TrailEvent, TrailLook
from tests import make
from tests.dump import changed, dump
from tests.html import fields_of

WEDNESDAY = "2026-03-04"


@pytest.fixture
def now(app, at):
    return at("2026-03-04 12:00")  # a Wednesday


@pytest.fixture
def ana(app):
    return make.staff(name="Ana Rivera")


def group(now, *people, **facts):
    """Mondays and Thursdays from ten to one, with these people on it."""
    facts = {"weekdays": "03", "end": "13:00", "until_on": "2026-03-29"} | facts
    series = make.series(**facts)
    lay_out(series, by=SYSTEM, now=now)
    for person in people:
        make.roster_entry(series, person)
    fill(series.id)
    return series


def place(enrollment, series):
    theirs = (RosterEntry.enrollment_id == enrollment.id) & (RosterEntry.series_id == series.id)
    return db.scalars(select(RosterEntry).where(theirs).order_by(RosterEntry.from_on)).all()[-1]


def days_on(enrollment, series):
    return [
        day.day
        for day in db.scalars(
            select(Session.day)
            .join(Booking, Booking.session_id == Session.id)
            .where(Booking.enrollment_id == enrollment.id, Session.series_id == series.id)
            .where(Session.day >= date(2026, 3, 1))
            .order_by(Session.day)
        )
    ]


def enrolled(name, **facts):
    return make.enrollment(make.participant(name=name), **facts)


def see(pages, path, status=200, **typed):
    """The page that shows what an act leads to, or why it is refused."""
    pages.get(path)
    return pages.submit(path, status=status, **typed).page


def save(pages, path, status=302, **typed):
    return pages.submit(path, status=status, step="save", **typed)


def offered(page, name):
    """What can be chosen and what cannot, with the reason."""
    return {
        box.parent.text: "disabled" not in box.attributes for box in page.all("input", name=name)
    }


def count(model):
    return db.scalar(select(func.count()).select_from(model))


# What it does is seen first, and is saved as it was seen


def test_putting_on_shows_sessions_and_hours_before_it_is_saved(now, signed_in):
    jo, series = enrolled("Jordan Avery"), group(now)
    pages, path = signed_in("coordinator"), f"/enrollments/{jo.id}/groups"
    assert path in pages.get(f"/participants/{jo.participant_id}").text
    form = pages.get(path).page.form(path)
    assert fields_of(form)["from_on"] == WEDNESDAY
    before = dump("trail_look")
    page = pages.submit(path, status=200, series=str(series.id)).page
    for words in (
        "Nothing is saved yet",
        "Process group, Mon, Thu 10:00 am – 1:00 pm",
        "7 sessions more",
        "Thu, Mar 5, 10:00 am – 1:00 pm: Process group",
        "This week, Mar 2 Evening IOP before: 0 min planned of 9–12 h Out of reach 9 h missing",
        "after: 3 h planned of 9–12 h Out of reach 6 h missing",
        "Next week, Mar 9 Evening IOP before: Nothing booked 9 h missing",
        "Evening IOP: 3 h of 9 hours are planned in the week of Mar 2.",
    ):
        assert words in page.words
    assert changed(before, dump("trail_look")) == set()
    save(pages, path)
    assert "Jordan Avery is on Process group from Wed, Mar 4 on." in pages.follow().page.words
    assert days_on(jo, series) == [5, 9, 12, 16, 19, 23, 26]


def test_an_individual_group_is_called_by_its_leader(now, signed_in, ana):
    sam = enrolled("Sam Lee")
    alone = {"title": "Individual session", "kind": Kind.INDIVIDUAL, "leaders": [ana]}
    series = group(now, sam, **alone)
    path = f"/rosters/{place(sam, series).id}/end?from=group"
    page = signed_in("coordinator").get(path).page
    assert page.links["Individual with Ana Rivera"] == f"/groups/{series.id}"
    assert "Individual with Ana Rivera" in page.heading


def test_taking_off_shows_what_goes_and_keeps_what_was_recorded(now, signed_in):
    jo = enrolled("Jordan Avery")
    series = group(now, jo)
    attended = db.scalars(select(Booking).join(Session).where(Session.day == "2026-03-02")).one()
    attended.status, attended.method = Status.PRESENT, Method.STAFF
    pages, path = signed_in("coordinator"), f"/rosters/{place(jo, series).id}/end"
    assert pages.get(path).page.value("until_on") == WEDNESDAY
    page = pages.submit(path, status=200, until_on="2026-03-09").page
    for words in (
        "Week of Mar 9",
        "Thu, Mar 12 10:00 am – 1:00 pm Process group Removed",
        "5 sessions fewer",
        "Jan 5, 2026 – Mar 29, 2026 after: Jan 5, 2026 – Mar 9, 2026",
        "3 h done + 3 h ahead, of 9–12 h Out of reach 3 h missing as before",
        "Next week, Mar 9 Evening IOP before: 6 h of 9 h booked 3 h missing",
    ):
        assert words in page.words
    save(pages, path)
    assert "Jordan Avery is off Process group after Mon, Mar 9." in pages.follow().page.words
    assert days_on(jo, series) == [2, 5, 9]


def test_moving_in_the_middle_of_a_week_is_one_act_and_the_trail_says_so(now, signed_in):
    jo = enrolled("Jordan Avery")
    old, new = group(now, jo, title="Skills"), group(now, title="Yoga", start="10:30", end="12:30")
    attended = db.scalars(select(Booking).join(Session).where(Session.day == "2026-03-02")).one()
    attended.status, attended.method = Status.PRESENT, Method.STAFF
    pages, path = signed_in("coordinator"), f"/rosters/{place(jo, old).id}/move"
    page = see(pages, path, series=str(new.id))
    for words in (
        "7 sessions more",
        "7 sessions fewer",
        "Thu, Mar 5, 10:30 am – 12:30 pm: Yoga",
        "before: 3 h done + 3 h ahead, of 9–12 h Out of reach 3 h missing after: 3 h done + 2 h",
        "Next week, Mar 9 Evening IOP before: 6 h of 9 h booked 3 h missing",
        "Mon, Mar 2 10:00 am – 1:00 pm Skills Present",
        "Thu, Mar 5 10:00 am – 1:00 pm Skills Removed 10:30 am – 12:30 pm Yoga Added",
    ):
        assert words in page.words
    save(pages, path)
    said = "Jordan Avery goes from Skills to Yoga from Wed, Mar 4 on."
    assert said in pages.follow().page.words
    assert (days_on(jo, old), days_on(jo, new)) == ([2], [5, 9, 12, 16, 19, 23, 26])
    found = select(TrailEvent).where(TrailEvent.subject_kind == "roster_entry")
    events = db.scalars(found.order_by(TrailEvent.id)).all()
    assert [(each.verb, json.loads(each.facts), each.actor_id) for each in events] == [
        (
            "roster.taken_off",
            {"enrollment": jo.id, "series": old.id, "last_on": "2026-03-03", "moved_to": new.id},
            pages.account.id,
        ),
        (
            "roster.put_on",
            {"enrollment": jo.id, "series": new.id, "from_on": WEDNESDAY, "moved_from": old.id},
            pages.account.id,
        ),
    ]


def test_a_start_to_come_counts_from_then_on_and_leave_and_the_group_s_end_bound_it(now, signed_in):
    jo = enrolled("Jordan Avery")
    make.leave(jo, "2026-03-12", "2026-03-16")
    series = group(now, until_on="2026-03-22")
    pages, path = signed_in("coordinator"), f"/enrollments/{jo.id}/groups"
    page = see(pages, path, series=str(series.id), from_on="2026-03-09")
    assert (
        "This week, Mar 2 Evening IOP 0 min planned of 9–12 h Out of reach 9 h missing as before"
        in page.words
    )
    assert "2 sessions more Mon, Mar 9" in page.words
    assert "Mar 9, 2026 – Mar 22, 2026" in page.words
    save(pages, path)
    assert days_on(jo, series) == [9, 19]


def test_several_are_put_on_at_once_and_each_one_s_hours_are_shown(now, signed_in):
    jo, kit = enrolled("Jordan Avery"), enrolled("Kit Chen")
    series = group(now)
    pages, path = signed_in("coordinator"), f"/groups/{series.id}/people"
    assert path in pages.get(f"/groups/{series.id}").text
    page = see(pages, path, people=[str(jo.id), str(kit.id)])
    assert page.texts("h2") == ["Jordan Avery", "Kit Chen"]
    assert page.words.count("7 sessions more") == 2
    assert page.words.count("after: 6 h of 9 h booked") == 4
    warned = "Kit Chen: Evening IOP: 3 h of 9 hours are planned in the week of Mar 2."
    assert warned in page.words
    save(pages, path, people=[str(jo.id), str(kit.id)])
    assert "2 people are on Process group from Wed, Mar 4 on." in pages.follow().page.words
    assert days_on(jo, series) == days_on(kit, series) == [5, 9, 12, 16, 19, 23, 26]
    late = enrolled("Lee Late")
    page = see(pages, path, people=str(late.id))
    assert page.texts("h2") == ["Lee Late"]  # of one, too: the page is headed by the group
    assert "Lee Late: Evening IOP: 3 h of 9 hours are planned" in page.words
    save(pages, path, people=str(late.id))
    assert "Lee Late is on Process group from Wed, Mar 4 on." in pages.follow().page.words


def test_what_has_changed_since_is_shown_again(now, signed_in):
    jo, series = enrolled("Jordan Avery"), group(now)
    pages, path = signed_in("coordinator"), f"/enrollments/{jo.id}/groups"
    see(pages, path, series=str(series.id))
    make.leave(jo, "2026-03-05", "2026-03-06")
    make.saved()
    assert CHANGED in save(pages, path, status=409).page.words
    assert (count(Booking), count(RosterEntry)) == (0, 0)
    save(pages, path)
    assert days_on(jo, series) == [9, 12, 16, 19, 23, 26]


def test_back_keeps_what_was_chosen(now, signed_in):
    jo, series = enrolled("Jordan Avery"), group(now)
    pages, path = signed_in("coordinator"), f"/groups/{series.id}/people"
    see(pages, path, people=str(jo.id), from_on="2026-03-12")
    form = pages.submit(path, status=200, step="back").page.form(path)
    assert {name: fields_of(form)[name] for name in ("people", "from_on")} == {
        "people": str(jo.id),
        "from_on": "2026-03-12",
    }


# What cannot be is greyed with the reason, or refused with it


def blocks(page):
    """The groups of a week that can be chosen, by how they are read out."""
    return [box.parent.text for box in page.all("input", name="series")]


def names(page):
    return [re.split(",? Mon", words)[0] for words in blocks(page)]


def test_groups_that_somebody_cannot_join_say_why_and_are_not_to_be_ticked(now, signed_in):
    jo = enrolled("Jordan Avery")
    on_it = group(now, jo, title="Skills")
    group(now, title="Yoga", start="12:00", end="14:00")
    group(now, enrolled("Kit Chen"), title="Small", start="15:00", end="16:00", seats=1)
    group(now, title="Free", start="17:00", end="18:00", program=make.program(name="Day IOP"))
    alone = {"kind": "individual", "seats": 1, "start": "18:00", "end": "19:00"}
    group(now, enrolled("Lee Park"), title="With Ana", **alone)
    pages = signed_in("coordinator")
    path = f"/enrollments/{jo.id}/groups"
    page = pages.get(path).page
    assert blocks(page) == ["Free, Mon, Thu 5:00 – 6:00 pm · 12 seats free · Day IOP"]
    for words in (
        "10:00 am – 1:00 pm Skills on it already",
        "Small, Mon, Thu 3:00 – 4:00 pm · 0 seats free Small has no free seat on Thu, Mar 5; Mon,",
        "Yoga, Mon, Thu 12:00 – 2:00 pm · 12 seats free Skills and Yoga are at the same time on",
    ):
        assert words in page.words
    page = pages.get(f"/rosters/{place(jo, on_it).id}/move").page
    assert names(page) == ["Yoga", "Free"]
    page = pages.post(path, {"from_on": "2026-03-30", "step": "back"}, status=200).page
    assert blocks(page) == []
    assert page.words.count("The group does not meet in that time.") == 4


def test_somebody_goes_on_several_groups_at_once(now, signed_in):
    jo, one = enrolled("Jordan Avery"), group(now)
    two = group(now, title="Yoga", start="15:00", end="16:00")
    pages, path = signed_in("coordinator"), f"/enrollments/{jo.id}/groups"
    page = see(pages, path, series=[str(one.id), str(two.id)])
    assert "14 sessions more" in page.words
    save(pages, path, series=[str(one.id), str(two.id)])
    assert "Jordan Avery is on Process group and Yoga from Wed, Mar 4 on." in (
        pages.follow().page.words
    )
    assert (len(days_on(jo, one)), len(days_on(jo, two))) == (7, 7)


def test_what_is_refused_all_the_same_is_said_and_stays_chosen(now, signed_in):
    jo = enrolled("Jordan Avery")
    series = group(now, enrolled("Kit Chen"), seats=1)
    pages, path = signed_in("coordinator"), f"/enrollments/{jo.id}/groups"
    pages.get(path)
    before = dump("trail_look")
    page = pages.submit(path, status=422, series=str(series.id)).page
    full = "Process group has no free seat on Thu, Mar 5; Mon, Mar 9; Thu, Mar 12 and 4 more days."
    assert page.words.count(full) == 2
    assert page.value("series") == str(series.id)
    assert changed(before, dump("trail_look")) == set()
    page = pages.submit(path, status=422, series="", from_on="someday").page
    assert "Choose a group." in page.words
    assert "This is not a date. Write it like 2026-03-09." in page.words
    page = pages.submit(path, status=422, series=str(series.id), from_on="2026-03-03").page
    assert "Start today or later" in page.words


@pytest.mark.parametrize(
    ("day", "sentence"),
    [
        ("", "Enter the last day."),
        (
            "2026-03-01",
            "The last day cannot be earlier than yesterday: past sessions cannot change.",
        ),
    ],
)
def test_a_last_day_that_cannot_be_is_refused_at_its_field(now, signed_in, day, sentence):
    jo = enrolled("Jordan Avery")
    entry = place(jo, group(now, jo))
    pages = signed_in("coordinator")
    page = see(pages, f"/rosters/{entry.id}/end", status=422, until_on=day)
    assert page.texts("div", class_="field-error") == [sentence]
    assert entry.until_on is None


def test_of_several_it_is_all_or_nobody_with_a_reason_for_each(now, signed_in):
    on_it, free = enrolled("On It"), enrolled("Free")
    late = enrolled("Late", from_on="2026-03-12")
    ending, away = enrolled("Ending", until_on="2026-03-10"), enrolled("Away")
    make.leave(away, "2026-03-02", "2026-03-10")
    busy, stranger = enrolled("Busy"), enrolled("Stranger", program=make.program(name="Day IOP"))
    group(now, busy, title="Skills", start="12:00", end="14:00")
    series = group(now, on_it, seats=2)
    pages, path = signed_in("coordinator"), f"/groups/{series.id}/people"
    clash = (
        "Process group and Skills are at the same time on"
        " Thu, Mar 5; Mon, Mar 9; Thu, Mar 12 and 4 more days."
    )
    assert offered(pages.get(path).page, "people") == {
        "Away, on leave through Tue, Mar 10": True,
        "Ending": True,
        "Free": True,
        "Late, enrolled from Thu, Mar 12": True,
        f"Busy {clash}": False,
    }
    page = pages.submit(path, status=200, find="strang").page
    assert offered(page, "people")["Stranger, Day IOP"] is True
    assert "On It They are on this group already." in offered(
        pages.submit(path, status=200, find="on it").page, "people"
    )
    ticked = [str(each.id) for each in (free, busy, on_it, stranger, ending, late)]
    before = dump("trail_look")
    page = pages.submit(path, status=422, find="", people=ticked).page
    assert "On It: They are on this group already." in page.words
    page = pages.submit(path, status=422, people=[str(free.id), str(busy.id)]).page
    assert "Process group has 1 free seat on Thu, Mar 5; " in page.words
    page = pages.submit(path, status=422, people=str(busy.id)).page
    assert clash in page.words
    assert page.value("people") == str(busy.id)
    page = pages.submit(path, status=422, people=[]).page
    assert "Choose whom to add." in page.words
    assert changed(before, dump("trail_look")) == set()


def test_two_of_the_same_name_are_told_apart(now, signed_in):
    one, other = enrolled("Maria Garcia"), enrolled("Maria Garcia")
    sam = enrolled("Sam Lee")
    page = signed_in("coordinator").get(f"/groups/{group(now, sam).id}/people").page
    assert "Roster 1 of 12 seats taken Sam Lee" in page.words
    names = [f"Maria Garcia ({each.participant.key})" for each in (one, other)]
    assert list(offered(page, "people")) == names


def test_a_search_that_finds_nobody_says_so_and_a_tick_outlives_the_day(now, signed_in):
    jo = enrolled("Jordan Avery", until_on="2026-03-10")
    pages, path = signed_in("coordinator"), f"/groups/{group(now).id}/people"
    pages.get(path)
    page = pages.submit(path, status=200, find="xyz").page
    assert "Nobody whom you may put on it is found by “xyz”." in page.words
    page = pages.submit(path, status=422, find="", people=str(jo.id), from_on="2026-03-11").page
    assert "The enrollment ends before that day." in page.words
    assert "Choose from the list." not in page.words
    assert page.value("people") == str(jo.id)
    page = pages.post(path, {"from_on": "2026-03-11", "step": "back"}, status=200).page
    assert "All who are enrolled in its program then are on it." in page.words


def test_a_long_list_is_cut_and_the_rest_is_found_by_name(now, signed_in, monkeypatch):
    monkeypatch.setattr("clinic.rosters.queries.LISTED", 2)
    for name in ("Ann", "Bob", "Cy"):
        enrolled(name)
    pages, path = signed_in("coordinator"), f"/groups/{group(now).id}/people"
    assert list(offered(pages.get(path).page, "people")) == ["Ann", "Bob"]
    assert list(offered(pages.submit(path, status=200, find="cy").page, "people"))[2:] == ["Cy"]


# Whose rosters


def test_clinicians_put_their_caseload_on_any_group_of_its_site(now, signed_in, ana):
    jo = enrolled("Jordan Avery", clinician=ana)
    series, west = group(now, title="Not hers"), make.program(make.site(name="West"))
    group(now, title="Elsewhere", program=west)
    pages, path = signed_in(ana), f"/enrollments/{jo.id}/groups"
    assert path in pages.get(f"/participants/{jo.participant_id}").text
    titles = names(pages.get(path).page)
    assert titles == ["Not hers"]
    see(pages, path, series=str(series.id))
    save(pages, path)
    entry = place(jo, series)
    assert f"/rosters/{entry.id}/move" in pages.get(f"/participants/{jo.participant_id}").text
    see(pages, f"/rosters/{entry.id}/end")
    save(pages, f"/rosters/{entry.id}/end")
    assert days_on(jo, series) == []


def test_leaders_put_people_of_its_program_on_their_group_and_move_them_between_groups_of_theirs(
    now, signed_in, ana
):
    jo = enrolled("Jordan Avery")
    elsewhere = enrolled("Of Another Program", program=make.program())
    far = enrolled("At Another Site", program=make.program(make.site()))
    one = group(now, title="Hers", leaders=[ana])
    two = group(now, title="Hers, too", leaders=[make.staff(name="Lee Chen"), ana])
    other = group(now, title="Not hers")
    pages, path = signed_in(ana), f"/groups/{one.id}/people"
    assert list(offered(pages.get(path).page, "people")) == ["Jordan Avery"]
    pages.get(f"/enrollments/{jo.id}/groups", status=404)
    for stranger in (elsewhere, far):
        assert "Choose from the list." in see(pages, path, 422, people=str(stranger.id)).words
    see(pages, path, people=str(jo.id))
    save(pages, path)
    entry = place(jo, one)
    words = pages.get(f"/participants/{jo.participant_id}").text
    assert f"/enrollments/{jo.id}/groups" in words
    move = f"/rosters/{entry.id}/move?from=group"
    assert move in pages.get(f"/groups/{one.id}").text
    page = pages.get(move).page
    assert names(page) == ["Hers, too"]
    assert see(pages, move, 422, series=str(other.id)).words.count("Choose one from the list.") == 2
    see(pages, move, series=str(two.id))
    save(pages, move)
    assert pages.follow().page.heading == "Hers"
    assert (days_on(jo, one), days_on(jo, two)) == ([], [5, 9, 12, 16, 19, 23, 26])


def test_other_groups_and_people_are_not_there_for_clinicians(now, signed_in, ana):
    jo = enrolled("Jordan Avery")
    series, own = group(now, jo), group(now, leaders=[ana], start="15:00", end="16:00")
    make.booking(make.session(leaders=[ana]), jo)  # in sight: led once, and no more than that
    entry = place(jo, series)
    pages = signed_in(ana)
    page = pages.get(f"/participants/{jo.participant_id}")
    assert f"/rosters/{entry.id}" not in page.text
    before = dump("trail_look")
    for path in (f"/rosters/{entry.id}/end", f"/rosters/{entry.id}/move"):
        pages.get(path, status=404)
        pages.post(path, {"until_on": WEDNESDAY, "step": "save"}, status=404)
    pages.get(f"/groups/{series.id}/people", status=404)
    path = f"/enrollments/{jo.id}/groups"
    titles = names(pages.get(path).page)
    assert titles == [own.title]
    assert "Choose from the list." in see(pages, path, 422, series=str(series.id)).words
    assert changed(before, dump("trail_look")) == set()


def test_a_leader_goes_on_to_the_group_when_nothing_else_joins_them_to_the_person(
    now, signed_in, ana
):
    jo, max_ = enrolled("Jordan Avery"), enrolled("Max Brandt", clinician=ana)
    series = group(now, jo, max_, leaders=[ana], from_on="2026-03-05")
    pages = signed_in(ana)
    for person, then in (
        (jo, f"/groups/{series.id}"),
        (max_, f"/participants/{max_.participant_id}"),
    ):
        path = f"/rosters/{place(person, series).id}/end"
        see(pages, path, until_on=WEDNESDAY)
        save(pages, path)
        assert pages.answer.location == then
        pages.follow()


def test_leaders_undo_what_they_may_do_and_only_that(now, signed_in, ana):
    jo, max_ = enrolled("Jordan Avery"), enrolled("Max Brandt")
    series = group(now, jo, leaders=[ana], from_on="2026-03-05")
    pages, days = signed_in(ana), days_on(jo, series)
    path = f"/rosters/{place(jo, series).id}/end"
    see(pages, path, until_on=WEDNESDAY)
    save(pages, path)
    undo = f"/participants/{jo.participant_id}/groups/undo"
    assert days_on(jo, series) == []
    change = fields_of(pages.follow().page.form(undo))["change"]
    signed_in("clinician").post(undo, {"change": change}, status=404)
    pages.submit(undo)
    page = pages.follow().page
    assert (page.heading, days_on(jo, series)) == ("Jordan Avery", days)

    path = f"/groups/{series.id}/people"
    see(pages, path, people=[str(max_.id)])
    save(pages, path)
    undo = f"/participants/{max_.participant_id}/groups/undo"
    pages.follow()
    pages.submit(undo)
    assert pages.answer.location == "/groups"
    assert "Undone." in pages.follow().page.words
    assert days_on(max_, series) == []


def test_several_who_were_added_at_once_are_undone_at_once(now, signed_in):
    jo, max_, series = enrolled("Jordan Avery"), enrolled("Max Brandt"), group(now)
    pages, path = signed_in("coordinator"), f"/groups/{series.id}/people"
    see(pages, path, people=[str(jo.id), str(max_.id)])
    save(pages, path)
    pages.follow()
    pages.submit(f"{path}/undo")
    assert "Undone." in pages.follow().page.words
    assert [days_on(each, series) for each in (jo, max_)] == [[], []]


def test_a_clinician_at_the_front_desk_sees_all_groups_and_manages_their_own(now, signed_in):
    both = make.staff(roles=["clinician", "front_desk"])
    jo, kit = enrolled("Jordan Avery", clinician=both), enrolled("Kit Chen")
    series = group(now, jo, kit)
    pages = signed_in(both)
    text = pages.get(f"/groups/{series.id}").text
    assert f"/rosters/{place(jo, series).id}/end" in text
    assert f"/rosters/{place(kit, series).id}/end" not in text
    assert f"/groups/{series.id}/people" not in text
    pages.get(f"/rosters/{place(kit, series).id}/end", status=404)
    pages.get(f"/groups/{series.id}/people", status=404)


def test_the_organization_takes_rosters_back_from_clinicians_at_once(now, signed_in, ana):
    jo = enrolled("Jordan Avery", clinician=ana)
    series = group(now, leaders=[ana])
    pages, path = signed_in(ana), f"/groups/{series.id}/people"
    see(pages, path, people=str(jo.id))  # the form is open, and was shown what it does
    admin, typed = signed_in("admin"), "/setup/organization"
    form = fields_of(admin.get(typed).page.form(typed))
    assert form["clinicians_manage_rosters"] == "y"
    del form["clinicians_manage_rosters"]
    admin.post(typed, form)
    before = dump("trail_look")
    save(pages, path, status=403)
    assert changed(before, dump("trail_look")) == set()
    assert path not in pages.get(f"/groups/{series.id}").text
    see(signed_in("coordinator"), path, people=str(jo.id))
    admin.get(typed)
    admin.submit(typed, clinicians_manage_rosters="y")
    pages.get(path)


@pytest.mark.parametrize("role", ["front_desk", "billing", "auditor"])
def test_no_other_role_changes_who_is_where(now, signed_in, role):
    jo = enrolled("Jordan Avery")
    series = group(now, jo)
    pages, entry = signed_in(role), place(jo, series)
    for path in (
        f"/enrollments/{jo.id}/groups",
        f"/rosters/{entry.id}/end",
        f"/rosters/{entry.id}/move",
        f"/groups/{series.id}/people",
    ):
        pages.get(path, status=403)
        pages.post(path, {}, status=403)


def test_whoever_is_offered_was_looked_at(now, signed_in):
    people = [enrolled(name).participant_id for name in ("Ann", "Bob")]
    signed_in("coordinator").get(f"/groups/{group(now).id}/people")
    looks = db.execute(select(TrailLook.page, TrailLook.participant_ids)).all()
    assert looks == [("rosters.add", people)]


def test_one_person_or_group_and_many_need_the_same_statements(now, signed_in, queries):
    jo = enrolled("Jordan Avery")
    series = group(now, title="One", until_on="2026-03-15")
    pages = signed_in("coordinator")
    asked = f"/groups/{series.id}/people", f"/enrollments/{jo.id}/groups"

    def statements():
        found = []
        for path in asked:
            with queries() as number:
                pages.get(path)
            found.append(number())
        return found

    first = statements()
    for number in range(6):
        enrolled(f"Person {number}")
        group(now, title=f"Group {number}", until_on="2026-03-15", seats=1)
    assert statements() == first
    assert max(first) <= 27
