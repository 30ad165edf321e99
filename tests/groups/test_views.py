from datetime import date

import pytest
from sqlalchemy import func, select

from clinic.authorizations.models import BeyondAuthorization
from clinic.db import db
from clinic.preview import CHANGED
from clinic.programs.models import Kind, Measure
from clinic.schedule.actions.series import lay_out
from clinic.schedule.models import Booking, Series, Session, Status
from clinic.schedule.queries.series import get_series
from clinic.trail import SYSTEM, TrailLook
from tests import make
from tests.html import fields_of


@pytest.fixture
def now(app, at):
    return at("2026-03-04 12:00")  # a Wednesday


def laid_out(now, **facts):
    series = make.series(**{"from_on": "2026-03-09", "until_on": "2026-03-30"} | facts)
    lay_out(series, by=SYSTEM, now=now)
    return series


def count(model):
    return db.scalar(select(func.count()).select_from(model))


def typed(ana, maple, /, **facts):
    return {
        "program": str(make._first_program().id),
        "title": "Process group",
        "kind": "group",
        "mode": "in_person",
        "weekdays": ["0", "2"],
        "starts": "10:00",
        "ends": "11:30",
        "break_minutes": "10",
        "room": str(maple.id),
        "lead": str(ana.id),
        "seats": "12",
        "every_weeks": "1",
        "from_on": "2026-03-09",
        "until_on": "2026-03-18",
    } | facts


# The list


def test_every_group_says_when_where_and_how_full_it_is(now, signed_in):
    ana, kim = make.staff(name="Ana Rivera"), make.staff(name="Kim Tran")
    series = laid_out(now, leaders=[ana, kim], room=make.room(name="Maple room"), title="DBT")
    for session in db.scalars(select(Session).limit(2)):
        make.booking(session)
    page = signed_in("auditor").get("/groups").page
    words = page.words
    for fact in (
        "DBT",
        "Evening IOP",
        "Mon 10:00 – 11:00 am",
        "Maple room · Ana Rivera, Kim Tran",
        "1 of 12",
        "Mar 9, 2026 – Mar 30, 2026",
    ):
        assert fact in words
    assert f"/groups/{series.id}" in signed_in("auditor").get("/groups").text


def test_groups_of_one_site_keep_what_was_asked_for_and_name_another_clock(now, signed_in):
    west = make.program(make.site(key="west", name="West", timezone="America/Chicago"))
    make.series(make.program(make.site(key="east", name="East")), title="Process in the east")
    make.series(west, title="Process in the west", start="10:00", end="11:00")
    pages = signed_in("coordinator")
    words = pages.get("/groups").page.words
    assert "10:00 – 11:00 am, New York time" in words  # West was set up first
    page = pages.get("/groups?q=process&site=west&show=running").page
    assert ("in the west" in page.words, "in the east" in page.words) == (True, False)
    links = {link.text: link.get("href") for link in page.all("a")}
    assert links["East"] == "/groups?q=process&site=east&show=running"
    assert links["Running and coming 1"] == "/groups?q=process&site=west"
    assert "Running and coming" not in pages.get("/groups").page.words  # it would change nothing
    hidden = [(each.get("name"), each.get("value")) for each in page.all("input", type="hidden")]
    assert {("show", "running"), ("site", "west")} <= set(hidden)


def test_groups_are_running_coming_and_over(now, signed_in):
    make.series(title="Running group", from_on="2026-03-01", until_on="2026-03-31")
    make.series(title="Coming group", from_on="2026-03-05")
    make.series(title="Finished group", from_on="2026-02-01", until_on="2026-03-03")
    ana = make.staff(name="Ana Rivera")
    make.series(title="Own hour", kind=Kind.INDIVIDUAL, from_on="2026-03-01", leaders=[ana])
    pages = signed_in("coordinator")
    names = ("Running group", "Coming group", "Finished group", "Own hour")

    def shown(path):
        words = pages.get(path).page.words
        return [name for name in names if name in words]

    assert shown("/groups") == ["Running group", "Coming group", "Own hour"]
    words = pages.get("/groups").page.words
    assert ("through Mar 31, 2026" in words, "Mar 1, 2026" in words) == (True, False)
    assert shown("/groups?show=over") == ["Finished group"]
    assert shown("/groups?show=coming") == ["Coming group"]
    assert shown("/groups?show=nonsense") == ["Running group", "Coming group", "Own hour"]
    assert shown("/groups?show=over&q=own") == []


@pytest.fixture
def three(now):
    """Three groups, by when they meet, how full they are and who came."""
    ana = make.staff(name="Ana Rivera")
    coping = make.series(
        title="Coping", weekdays="02", seats=3, from_on="2026-01-05", leaders=[ana]
    )
    make.series(make.program(key="day", name="Day IOP"), title="Art", weekdays="1", seats=9)
    make.series(title="Bonds", start="09:00", end="10:00", seats=5, leaders=[make.staff(), ana])
    came = {"2026-03-02": "pppn", "2026-02-23": "pe", "2026-01-26": "pp", "2026-01-05": "nnnn"}
    marks = {"p": Status.PRESENT, "n": Status.NO_SHOW, "e": Status.EXPECTED}
    for day, letters in came.items():
        session = make.session(day, series=coping, seats=9)
        for letter in letters:
            make.booking(session, status=marks[letter])
    session = make.session("2026-03-09", series=coping)
    for _ in range(3):
        make.booking(session)


@pytest.mark.parametrize(
    ("asked", "titles"),
    [
        ("", "Bonds Coping Art"),
        ("sort=-when", "Art Coping Bonds"),
        ("sort=name", "Art Bonds Coping"),
        ("sort=-free", "Art Bonds Coping"),
        ("sort=attended", "Coping Art Bonds"),
        ("day=2", "Coping"),
        ("day=1&program=day", "Art"),
        ("day=0&program=day", ""),
        ("leader=1&sort=name", "Bonds Coping"),
    ],
)
def test_the_list_is_sorted_and_narrowed_down(three, signed_in, asked, titles):
    page = signed_in("coordinator").get(f"/groups?{asked}").page
    assert " ".join(row[0].split()[0] for row in page.rows) == titles


def test_a_group_has_its_seats_and_how_many_came_lately(three, signed_in):
    page = signed_in("coordinator").get("/groups?day=2&sort=name&q=coping").page
    assert page.rows == [
        [
            "Coping Evening IOP · Group",
            "Mon, Wed 10:00 – 11:00 am",
            "Ana Rivera",
            "3 of 3 seats, full",
            "80 % attended down from 100 %",
        ]
    ]
    assert page.links["Seats"] == "/groups?day=2&sort=-free&q=coping"
    forms = page.all("form", method="get")[-2:]  # the search, and what narrows the list down
    assert len(forms) == 2
    for form in forms:
        kept = {field.get("name") for field in form.all("input", "select")}
        assert kept >= {"q", "day", "sort"}


@pytest.mark.parametrize("rubbish", ["sort=size", "day=7", "program=x", "leader=x"])
def test_what_no_list_has_is_no_address(three, signed_in, rubbish):
    signed_in("coordinator").get(f"/groups?{rubbish}", status=404)


@pytest.mark.parametrize("words", ["dbt", "evening iop", "maple", "rivera", "DBT rivera"])
def test_words_find_title_program_room_and_leader(now, signed_in, words):
    make.series(title="Grief circle")
    make.series(title="DBT", leaders=[make.staff()], room=make.room(name="Maple room"))
    found = signed_in("admin").get(f"/groups?q={words}").page.words
    assert "DBT" in found
    assert ("Grief circle" in found) is (words == "evening iop")


def test_nothing_found_and_nothing_there_say_what_to_do(now, signed_in):
    pages = signed_in("coordinator")
    assert "Set up a group" in pages.get("/groups").page.words
    assert "No group found" in pages.get("/groups?q=nothing").page.words


def test_a_clinician_sees_the_groups_they_lead(now, signed_in):
    make.series(title="Not theirs")
    pages = signed_in("clinician")
    theirs = make.series(title="Theirs", leaders=[make.staff(), pages.person])
    words = pages.get("/groups").page.words
    assert ("Theirs" in words, "Not theirs" in words) == (True, False)
    pages.get(f"/groups/{theirs.id}")
    pages.get("/groups/1", status=404)
    pages.get("/groups/new", status=403)


def test_those_who_may_not_know_topics_see_no_groups(now, signed_in):
    make.series()
    for role in ("front_desk", "billing", "participant"):
        signed_in(role).get("/groups", status=403)


def test_many_groups_need_as_many_statements_as_one(now, signed_in, queries):
    pages = signed_in("coordinator")
    laid_out(now, leaders=[make.staff()], room=make.room())
    with queries() as few:
        pages.get("/groups")
    for _ in range(4):
        laid_out(now, leaders=[make.staff()], room=make.room())
    with queries() as many:
        pages.get("/groups")
    assert many() == few() <= 12


# One group


def test_a_group_shows_its_roster_and_next_sessions(now, signed_in):
    make.closure("2026-03-16", name="Water damage")
    series = make.series(
        from_on="2026-03-02", until_on="2026-03-30", room=make.room(name="Maple room")
    )
    other = make.program(name="Morning IOP")
    jo = make.enrollment(from_on="2026-02-01", participant=make.participant(name="Jordan Avery"))
    kit = make.enrollment(
        program=other, from_on="2026-02-01", participant=make.participant(name="Kit Chen")
    )
    gone = make.enrollment(participant=make.participant(name="Gone Already"))
    make.roster_entry(series, jo, from_on="2026-03-02")
    make.roster_entry(series, kit, from_on="2026-03-09", until_on="2026-03-16")
    make.roster_entry(series, gone, until_on="2026-03-03")
    lay_out(series, by=SYSTEM, now=now)
    pages = signed_in("coordinator")
    words = pages.get(f"/groups/{series.id}").page.words
    for fact in (
        "Mon 10:00 – 11:00 am",
        "Jordan Avery since Mar 2, 2026",
        "Kit Chen Morning IOP from Mar 9, 2026, through Mar 16, 2026",
        "Mon, Mar 9 10:00 – 11:00 am 2 of 12",
        "Mon, Mar 16 10:00 – 11:00 am Cancelled Water damage",
        "Mon, Mar 23 10:00 – 11:00 am 1 of 12",
    ):
        assert fact in words, fact
    assert "Gone Already" not in words
    looks = db.scalars(select(TrailLook.participant_ids)).all()
    assert [sorted(ids) for ids in looks] == [sorted([jo.participant_id, kit.participant_id])]


def test_the_page_of_a_group_needs_few_statements_for_many_people(now, signed_in, queries):
    series = laid_out(now, leaders=[make.staff()], room=make.room())
    pages = signed_in("coordinator")
    make.roster_entry(series, make.enrollment())
    with queries() as few:
        pages.get(f"/groups/{series.id}")
    for _ in range(4):
        make.roster_entry(series, make.enrollment())
    with queries() as many:
        pages.get(f"/groups/{series.id}")
    assert many() == few()


# Setting up


def test_a_group_is_set_up_with_its_sessions(now, signed_in):
    ana, room = make.staff(), make.room()
    pages = signed_in("coordinator")
    make.program()
    pages.get("/groups/new")
    pages.post("/groups/new", typed(ana, room, co_leads=[str(make.staff().id)]))
    series = get_series(db.scalars(select(Series.id)).one())
    assert (series.plan.weekdays, series.plan.break_minutes, series.plan.room_id) == (
        "02",
        10,
        room.id,
    )
    assert pages.follow().page.title.startswith("Process group")
    assert count(Session) == 4


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"program": ""}, "Choose a program."),
        ({"title": ""}, "Enter a title."),
        ({"weekdays": []}, "Choose a day or more."),
        ({"ends": "10:00"}, "The end, 10:00 am, is not after the start, 10:00 am."),
        ({"starts": "soon"}, "This is not a time. Write it like 09:05."),
        ({"break_minutes": "90"}, "A break of 90 minutes leaves nothing of 90."),
        ({"break_minutes": "x"}, "This is not a whole number."),
        ({"room": ""}, "Choose a room, or make it virtual."),
        ({"seats": "15"}, "The room has 14 seats, not 15."),
        ({"seats": "0"}, "Between 1 and 500 seats."),
        ({"lead": ""}, "Choose who leads."),
        ({"co_leads": ["1"]}, "The same person is chosen twice as a leader."),
        ({"until_on": "2026-03-01"}, "The last day is before the first."),
        ({"from_on": ""}, "Enter the first day."),
        ({"until_on": "2026-03-09", "weekdays": ["3"]}, "The group would never meet"),
    ],
)
def test_what_cannot_be_is_said_at_its_field(now, signed_in, wrong, sentence):
    ana, room = make.staff(), make.room()
    make.program()
    pages = signed_in("coordinator")
    answer = pages.post("/groups/new", typed(ana, room, **wrong), status=422)
    assert sentence in answer.page.words
    assert 'value="2026-03-09"' in answer.text or "from_on" in wrong
    assert count(Series) == 0


def test_every_clash_is_listed_before_anything_is_set_up(now, signed_in):
    ana, room = make.staff(name="Ana Rivera"), make.room(name="Room 2")
    make.session("2026-03-11", "10:00", "11:00", title="Intake", leaders=[ana], room=room)
    pages = signed_in("coordinator")
    words = pages.post("/groups/new", typed(ana, room), status=422).page.words
    twice = "is wanted twice: Intake and Process group are at the same time on Wed, Mar 11."
    assert (f"Room 2 {twice}" in words, f"Ana Rivera {twice}" in words) == (True, True)
    assert count(Series) == 0


def test_doubts_are_told_first_and_passed_over_on_purpose(now, signed_in):
    ana, room = make.staff(name="Ana Rivera"), make.room()
    make.time_off(ana, "2026-03-11")
    make.program(rule_set=make.rule_set({Measure.SEATS_MAX: 10}))
    pages = signed_in("coordinator")
    answer = pages.post("/groups/new", typed(ana, room), status=200)
    for said in (
        "4 sessions are made.",
        "The rule set allows 10 in a session of this kind with 1 leader, not 12.",
        "Ana Rivera has time off on Wed, Mar 11.",
        "Nothing is saved yet.",
    ):
        assert said in answer.page.words
    assert count(Series) == 0
    pages.submit("/groups/new", step="save", weekdays=["0", "2"])
    assert (count(Series), count(Session)) == (1, 4)


def test_a_race_for_a_room_after_the_doubts_is_refused_politely(now, signed_in):
    ana, room = make.staff(name="Ana Rivera"), make.room(name="Room 2")
    make.time_off(ana, "2026-03-11")
    make.program()
    pages = signed_in("coordinator")
    pages.post("/groups/new", typed(ana, room), status=200)
    make.session("2026-03-11", "10:00", "11:00", title="Intake", room=room)
    assert (
        "Room 2 is wanted twice" in pages.submit("/groups/new", status=422, step="save").page.words
    )
    assert count(Series) == 0


def test_without_a_program_there_is_no_form(now, signed_in):
    make.site()
    assert "No programs yet" in signed_in("coordinator").get("/groups/new").page.words


def test_inactive_rooms_programs_and_leaders_are_not_offered(now, signed_in):
    make.program(name="Old program", is_active=False)
    make.program(name="New program")
    make.room(name="Old room", is_active=False)
    make.staff(name="Left Long-Ago", is_active=False)
    make.staff(name="Not Clinician", roles=["billing"])
    words = signed_in("coordinator").get("/groups/new").text
    offered = ["Old program", "New program", "Old room", "Left Long-Ago", "Not Clinician"]
    assert [name for name in offered if name in words] == ["New program"]


# Changing


def test_a_change_is_shown_before_it_is_saved(now, signed_in):
    ana, room = make.staff(), make.room()
    series = laid_out(now, leaders=[ana], room=room)
    pages = signed_in("coordinator")
    path = f"/groups/{series.id}/edit"
    pages.get(path)
    answer = pages.submit(path, status=200, weekdays=["0", "1"], ends="11:30")
    assert answer.page.links["Cancel"] == path.removesuffix("/edit")
    assert "3 sessions are made. 4 sessions to come change." in answer.page.words
    assert "Days before: Monday after: Monday, Tuesday" in answer.page.words
    assert "End before: 11:00 am after: 11:30 am" in answer.page.words
    assert "Start" not in answer.page.words
    assert "Seats" not in answer.page.words
    assert count(Session) == 4
    pages.submit(path, step="save")
    ends = select(func.count(func.distinct(Session.day)), func.min(Session.credit_minutes))
    assert db.execute(ends).one() == (7, 90)
    assert "is changed" in pages.follow().page.words


def test_an_edit_says_by_date_what_it_leaves_as_somebody_changed_it_by_hand(now, signed_in):
    series = laid_out(now, leaders=[make.staff()], room=make.room())
    by_hand = db.scalars(select(Session).where(Session.day == date(2026, 3, 16))).one()
    by_hand.is_changed_by_hand = True
    pages = signed_in("coordinator")
    path = f"/groups/{series.id}/edit"
    pages.get(path)
    words = pages.submit(path, status=200, ends="11:30").page.words
    assert "3 sessions to come change." in words
    assert "1 session changed by hand stays as it is: Mon, Mar 16." in words
    pages.submit(path, step="save")
    db.refresh(by_hand)
    assert by_hand.credit_minutes == 60
    words = pages.get(f"/groups/{series.id}").page.words
    assert "Changed by hand" in words
    words = pages.submit(f"/groups/{series.id}/end", status=200, until_on="2026-03-09").page.words
    assert (
        "1 session changed by hand stays as it is: Mon, Mar 16. Cancel what is not to take place."
    ) in words


def test_a_group_is_opened_to_make_ups_from_other_programs(now, signed_in):
    series = laid_out(now, leaders=[make.staff()], room=make.room())
    pages = signed_in("coordinator")
    path = f"/groups/{series.id}/edit"
    pages.get(path)
    pages.submit(path, is_open_to_make_ups="y")
    assert series.is_open_to_make_ups
    assert "Open to other programs" in pages.get(f"/groups/{series.id}").page.words
    pages.get(path)
    typed = fields_of(pages.answer.page.form(path))
    assert typed.pop("is_open_to_make_ups") == "y"
    pages.ask("POST", path, data=typed)
    assert not series.is_open_to_make_ups


def test_a_preview_shows_that_there_was_no_break(now, signed_in):
    series = laid_out(now, leaders=[make.staff()], room=make.room())
    pages = signed_in("coordinator")
    path = f"/groups/{series.id}/edit"
    pages.get(path)
    page = pages.submit(path, status=200, break_minutes="15").page
    assert "Break, in minutes before: 0 after: 15" in page.words


def test_whatever_changes_after_the_preview_is_shown_again(now, signed_in):
    series = laid_out(now, leaders=[make.staff()], room=make.room())
    pages = signed_in("coordinator")
    path = f"/groups/{series.id}/edit"
    pages.get(path)
    pages.submit(path, status=200, title="Renamed")
    words = pages.submit(path, status=409, step="save", weekdays=["1"]).page.words
    assert CHANGED in words
    assert "4 sessions to come go." in words
    assert count(Session) == 4


def test_of_two_who_change_a_group_the_second_is_shown_what_the_first_has_changed(now, signed_in):
    series = laid_out(now, leaders=[make.staff()], room=make.room())
    path = f"/groups/{series.id}/edit"
    first, second = signed_in("coordinator"), signed_in("coordinator")
    second.get(path)
    first.get(path)
    first.submit(path, status=200, seats="7", until_on="")
    first.submit(path, step="save")
    answer = second.submit(path, status=422, title="Renamed")
    assert (
        "Somebody has changed this since you opened it. Now it has: Seats, 7; Last day, none."
    ) in answer.page.words
    assert (answer.page.value("title"), answer.page.value("seats")) == ("Renamed", "7")
    words = second.submit(path, status=200, seats="7", until_on="").page.words
    assert "Title before: Process group after: Renamed" in words
    assert "Seats" not in words
    second.submit(path, step="save")
    db.expire_all()
    series = get_series(series.id)
    assert (series.title, series.plan.seats, series.until_on) == ("Renamed", 7, None)


def test_what_changes_between_the_preview_of_a_group_and_its_saving_is_named(now, signed_in):
    series = laid_out(now, leaders=[make.staff()], room=make.room())
    path = f"/groups/{series.id}/edit"
    pages = signed_in("coordinator")
    pages.get(path)
    pages.submit(path, status=200, title="Renamed")
    series.until_on = date(2026, 3, 23)
    words = pages.submit(path, status=422, step="save").page.words
    assert "Last day, " in words
    assert series.title == "Process group"


def test_saving_nothing_new_needs_no_preview(now, signed_in):
    series = laid_out(now, leaders=[make.staff(), make.staff()], room=make.room())
    pages = signed_in("coordinator")
    pages.get(f"/groups/{series.id}/edit")
    assert pages.submit(f"/groups/{series.id}/edit").location == f"/groups/{series.id}"


@pytest.mark.parametrize("number", [1, 9])
def test_a_change_says_whom_it_puts_beyond_what_is_authorized_and_asks_why(
    now, ana, signed_in, queries, number
):
    maple = make.room(name="Maple room")
    series = laid_out(now, leaders=[ana], room=maple, until_on="2026-03-11", weekdays="02")
    for n in range(number):
        who = make.participant(name=f"Sam {chr(65 + n)}")
        enrollment = make.enrollment(who, series.program, from_on="2026-03-02")
        make.authorization(enrollment, number=f"A{n}", units=3)
        make.roster_entry(series, enrollment)
        for session in db.scalars(select(Session).where(Session.series_id == series.id)):
            make.booking(session, enrollment)
    free = make.enrollment(from_on="2026-03-02")  # never had any
    make.roster_entry(series, free)
    pages, path = signed_in("coordinator"), f"/groups/{series.id}/edit"
    pages.get(path)
    with queries() as statements:
        page = pages.submit(path, status=200, until_on="2026-03-18").page
    assert statements() < 70  # for however many
    words = page.words
    people = "1 person goes" if number == 1 else "9 people go"
    assert f"{people} beyond what is authorized, from Wed, Mar 18 on." in words
    assert "Sam A: 1 session on Wed, Mar 18 is beyond authorization A0." in words
    folded = [each.text for each in page.all("summary")]
    assert ("Who" in folded) is (number == 9)
    assert "Choose why you go on." in pages.submit(path, status=422, step="save").page.words
    assert count(BeyondAuthorization) == 0
    pages.submit(path, step="save", going_on="asked for")
    assert count(BeyondAuthorization) == number
    pages.get(path)
    page = pages.submit(path, status=200, until_on="2026-03-11").page  # fewer: nothing is asked
    assert "authoriz" not in page.words


@pytest.mark.parametrize("number", [1, 9])
def test_a_change_says_whom_it_leaves_short_of_their_hours(now, at, signed_in, queries, number):
    leaders, room = [make.staff()], make.room()
    facts = {"weekdays": "02", "until_on": "2026-04-01"}  # twice an hour a week
    series = laid_out(now, leaders=leaders, room=room, **facts)
    for n in range(number):
        on_group(series, f"Sam {chr(65 + n)}", min_minutes=120)
    on_group(series, "Fine", min_minutes=90)
    on_group(series, "Short already", min_minutes=600)
    pages, path = signed_in("coordinator"), f"/groups/{series.id}/edit"
    pages.get(path)
    with queries() as statements:
        page = pages.submit(path, status=200, ends="10:45").page
    assert statements() < 80  # for however many
    assert f"{number + 1} people would have fewer hours than prescribed." in page.words
    assert "Sam A: 30 min missing in the week of Mar 9" in page.words
    assert "Short already: 8 h 30 min missing in the week of Mar 9" in page.words
    assert "Fine" not in page.words
    pages.get(path)
    words = pages.submit(path, status=200, ends="11:30").page.words  # longer
    assert "prescribed" not in words
    pages.get(f"/groups/{series.id}")
    end = f"/groups/{series.id}/end"
    words = pages.submit(end, status=200, until_on="2026-03-17").page.words
    assert "Sam A: 1 h missing in the week of Mar 16" in words
    assert "Fine: 30 min missing in the week of Mar 16" in words
    at("2026-02-02 09:00")  # weeks before it ends
    pages = signed_in("coordinator")
    pages.get(f"/groups/{series.id}")
    words = pages.submit(end, status=200, until_on="2026-03-17").page.words
    assert "Sam A: 1 h missing in the week of Mar 16" in words


def on_group(series, name, **facts):
    enrollment = make.enrollment(make.participant(name=name), series.program, **facts)
    make.roster_entry(series, enrollment)
    for session in db.scalars(select(Session).where(Session.series_id == series.id)):
        make.booking(session, enrollment)


def test_a_change_that_clashes_keeps_what_was_typed(now, signed_in):
    room = make.room(name="Room 2")
    series = laid_out(now, leaders=[make.staff()], room=room)
    make.session("2026-03-16", "13:00", "14:00", title="Intake", room=room)
    pages = signed_in("coordinator")
    path = f"/groups/{series.id}/edit"
    pages.get(path)
    answer = pages.submit(path, status=422, starts="13:00", ends="14:00")
    assert "Room 2 is wanted twice: Process group and Intake" in answer.page.words
    assert 'value="13:00"' in answer.text


def test_what_is_over_for_others_is_still_offered_where_it_is_chosen(now, signed_in):
    ana = make.staff(name="Left Long-Ago")
    room = make.room(name="Old room")
    series = laid_out(now, leaders=[ana], room=room)
    ana.account.is_active = room.is_active = False
    make.program(name="Elsewhere", site=make.site())
    text = signed_in("coordinator").get(f"/groups/{series.id}/edit").text
    assert [name in text for name in ("Left Long-Ago", "Old room", "Elsewhere")] == [
        True,
        True,
        False,
    ]


def test_back_from_a_preview_keeps_what_was_typed(now, signed_in):
    series = laid_out(now, leaders=[make.staff()], room=make.room())
    pages = signed_in("coordinator")
    path = f"/groups/{series.id}/edit"
    pages.get(path)
    pages.submit(path, status=200, title="Renamed")
    assert pages.submit(path, status=200, step="back").page.value("title") == "Renamed"


def test_a_preview_lays_the_group_out_once(now, signed_in, queries):
    series = laid_out(now, leaders=[make.staff()], room=make.room())
    pages = signed_in("coordinator")
    path = f"/groups/{series.id}/edit"
    pages.get(path)
    with queries() as count:
        pages.submit(path, status=200, ends="11:30")
    assert count() <= 75


# Ending


def test_ending_a_group_shows_what_comes_after_and_who_is_on_it_before_it_takes_it(now, signed_in):
    series = laid_out(now)
    for name, until_on in (("Zoe Park", None), ("Al Reed", "2026-03-16")):
        member = make.enrollment(make.participant(name=name))
        make.roster_entry(series, member, until_on=until_on)
    pages = signed_in("coordinator")
    path = f"/groups/{series.id}/end"
    pages.get(f"/groups/{series.id}")
    words = pages.submit(path, status=200, until_on="2026-03-16").page.words
    assert "Its last day is Mon, Mar 16. 2 sessions to come go." in words
    assert "1 person loses their place Zoe Park" in words
    assert count(Session) == 4
    pages.submit(path, step="save")
    assert "Process group ends with Mon, Mar 16." in pages.follow().page.words
    db.refresh(series, ["until_on"])
    assert (series.until_on, count(Session), count(Booking)) == (date(2026, 3, 16), 2, 4)


@pytest.mark.parametrize(
    ("until_on", "sentence"),
    [
        ("2026-03-01", "The last day is before the first."),
        ("", "Enter the last day."),
        ("soon", "This is not a date. Write it like 2026-03-09."),
    ],
)
def test_an_end_that_cannot_be_is_said_at_its_field(now, signed_in, until_on, sentence):
    series = laid_out(now)
    pages = signed_in("coordinator")
    pages.get(f"/groups/{series.id}")
    answer = pages.submit(f"/groups/{series.id}/end", status=422, until_on=until_on)
    assert sentence in answer.page.words
    assert count(Session) == 4
