from datetime import date, timedelta

import pytest
from sqlalchemy import select

from clinic.attendance.actions import mark
from clinic.db import db
from clinic.enrollment.models import Enrollment
from clinic.permissions import TABLE, Permission, Role
from clinic.programs.models import Kind, Measure
from clinic.schedule.models import Identity, Method, Mode, SessionLeader, Status
from clinic.trail import Actor, TrailLook
from tests import make


@pytest.fixture
def now(app, at):
    return at("2026-03-04 12:00")  # a Wednesday


def test_today_shows_the_day_in_three_parts(now, signed_in):
    make.session("2026-03-04", "09:00", "10:30", title="Early one")
    make.session("2026-03-04", "13:00", "14:30", title="Middle one")
    make.session("2026-03-04", "17:00", "18:30", title="Late one")
    make.session("2026-03-05", "17:00", "18:30", title="Tomorrow's")
    page = signed_in("coordinator").get("/today").page
    assert page.heading == "Today"
    parts = [[card.text for card in part.all("h3")] for part in page.all("section", class_="part")]
    assert parts == [
        ["Early one at 9:00 am"],
        ["Middle one at 1:00 pm"],
        ["Late one at 5:00 pm"],
    ]


def test_a_card_says_what_there_is_to_know_of_a_session(now, signed_in):
    ana, daniel = make.staff(name="Ana Rivera"), make.staff(name="Daniel Okafor")
    room = make.room(name="Birch room")
    session = make.session("2026-03-04", "11:30", "13:00", leaders=[ana, daniel], room=room)
    make.booking(session, status=Status.PRESENT)
    make.booking(session)
    make.booking(session, status=Status.EXCUSED)
    page = signed_in("coordinator").get("/today").page
    (card,) = page.all("li", class_="session")
    assert card.text == (
        "11:30 am – 1:00 pm Now Process group at 11:30 am Birch room · Ana Rivera, Daniel Okafor"
        " 1 of 2 Sheet: Partly Change Process group at 11:30 am"
    )
    assert page.links["Process group at 11:30 am"] == f"/sessions/{session.id}"
    assert page.links["Change Process group at 11:30 am"] == f"/sessions/{session.id}/edit"
    assert "Change Process" not in signed_in("auditor").get("/today").page.words


def test_what_begins_together_stands_together_and_names_the_clock_that_is_not_ones_own(
    now, signed_in
):
    east = make.program(make.site())
    west = make.program(make.site(timezone="America/Chicago"))
    make.session("2026-03-04", "16:30", "18:00", title="In New York", program=east)
    make.session("2026-03-04", "15:30", "16:30", title="In Chicago", program=west)
    make.session("2026-03-04", "16:00", "16:30", title="Before both", program=east)
    page = signed_in("coordinator").get("/today?site=all").page
    assert [
        (card.all("p", class_="session-time")[0].text, card.all("h3")[0].text)
        for card in page.all("li", class_="session")
    ] == [
        ("4:00 – 4:30 pm", "Before both at 4:00 pm"),
        ("3:30 – 4:30 pm, Chicago time", "In Chicago at 3:30 pm, Chicago time"),
        ("4:30 – 6:00 pm", "In New York at 4:30 pm"),
    ]


def test_a_refused_tap_names_the_clock_of_its_kiosk(now, signed_in):
    make.site()
    west = make.site(timezone="America/Chicago")
    make.kiosk_tap(make.kiosk_device(west, name="Side door"))
    (line,) = attention(signed_in("coordinator"), path="/today?site=all")
    assert line.startswith("Somebody was refused at Side door, ")
    assert "am, Chicago time" in line


def test_before_a_session_begins_a_card_says_who_has_checked_in(now, signed_in):
    session = make.session("2026-03-04", "12:01", "13:00")
    make.booking(session, status=Status.PRESENT, arrived="11:51")
    make.booking(session)
    (card,) = signed_in("coordinator").get("/today").page.all("li", class_="session")
    assert "1 of 2 checked in Sheet: Not started" in card.text
    assert card.all("svg", class_="ring")[0].get("class") == "ring is-hollow"
    assert card.all("svg", class_="ring")[0].get("aria-label") == "1 of 2 checked in"


def test_ones_own_sessions_come_first_and_the_next_one_is_large(now, signed_in):
    ana = make.staff(name="Ana Rivera", roles=["coordinator", "clinician"])
    make.program(make.site())
    far = make.program(make.site(timezone="America/Chicago"))
    make.session("2026-03-04", "09:00", "10:00", title="Done", leaders=[ana])
    make.session("2026-03-04", "12:30", "13:00", title="Next", leaders=[ana], program=far)
    make.session("2026-03-04", "14:00", "15:00", title="Another's")
    page = signed_in(ana).get("/today").page
    (own,) = page.all("section", class_="own")
    assert [each.text for each in own.all("h3")] == [
        "Next at 12:30 pm, Chicago time",
        "Done at 9:00 am",
    ]
    (large,) = page.all("li", class_="is-next")
    assert "Begins in 1 h 30 min" in large.text
    board = [each.text for part in page.all("section", class_="part") for each in part.all("h3")]
    assert board == ["Another's at 2:00 pm"]
    assert [each.text for each in page.all("li", class_="now-line")] == ["Now, 12:00 pm"]
    later = signed_in(ana).get("/today?day=2026-03-05").page
    assert later.all("li", class_="is-next") == later.all("li", class_="now-line") == []


def test_the_line_of_now_is_in_the_part_of_the_day_that_it_is(now, signed_in):
    make.session("2026-03-04", "09:00", "10:00")
    page = signed_in("coordinator").get("/today").page
    lines = {
        part.get("class"): [each.text for each in part.all(class_="now-line")]
        for part in page.all("section", class_="part")
    }
    assert lines == {
        "part is-morning": [],
        "part is-afternoon": ["Now, 12:00 pm"],
        "part is-evening": [],
    }


def test_before_the_doors_open_nobody_is_counted_and_what_is_over_steps_back(now, signed_in):
    for start, end in (("09:00", "10:00"), ("12:10", "13:00"), ("17:00", "18:00")):
        make.booking(make.session("2026-03-04", start, end))
    cards = signed_in("auditor").get("/today").page.all("li", class_="session")
    assert [len(card.all("svg", class_="ring")) for card in cards] == [1, 1, 0]
    assert cards[2].text.endswith("1 expected")
    assert [card.get("class").split()[2:] for card in cards] == [["is-over"], [], []]


def test_at_most_five_things_stand_there_before_more_and_who_is_at_the_door_comes_first(
    now, signed_in
):
    device = make.kiosk_device(name="Door")
    for _ in range(4):
        make.kiosk_tap(device, make.participant())
    for day in (2, 3):
        make.booking(make.session(f"2026-03-0{day}"))
    page = signed_in("front_desk").get("/today").page
    (more,) = page.all("details", class_="more")
    assert more.all("summary")[0].text == "1 more"
    lines = page.all("li", class_="attention-item")
    assert ["at Door" in line.text for line in lines] == [True] * 4 + [False] * 2
    assert [line.text for line in more.all("li", class_="attention-item")] == [lines[-1].text]


def test_another_day_says_nothing_of_other_days(now, signed_in):
    make.time_off(ana := make.staff(name="Ana Rivera"), "2026-03-05")
    make.session("2026-03-05", leaders=[ana])
    make.booking(make.session("2026-03-02"))
    make.booking(make.session("2026-03-03"), make.enrollment())
    pages = signed_in("coordinator")
    assert len(attention(pages)) == 4
    assert attention(pages, path="/today?day=2026-03-03") == [
        "Process group, Tue, Mar 3 at 10:00 am 1 person still unmarked"
    ]
    page = pages.get("/today?day=2026-03-05").page
    assert "Needs attention" not in page.words


def test_ones_week_is_a_tab_for_who_leads_and_the_building_for_the_desk(now, signed_in):
    make.site()
    ana = make.staff(name="Ana Rivera")

    def tabs(pages):
        (nav,) = pages.get("/today").page.all("nav", aria_label="Main")
        return {each.text: each.get("href") for each in nav.all("a")}

    assert tabs(signed_in(ana))["My week"] == f"/staff/{ana.id}/week"
    assert signed_in(ana).get(f"/staff/{ana.id}/week").page.heading == "My week"
    assert tabs(signed_in("front_desk")) == {"Today": "/today", "In the building": "/building"}
    assert not {"My week", "In the building"} & tabs(signed_in("coordinator")).keys()


def test_another_day_is_named(now, signed_in):
    make.session("2026-03-05", title="Tomorrow's")
    page = signed_in("coordinator").get("/today?day=2026-03-05").page
    assert page.heading == "Thursday, March 5"
    assert "Tomorrow's" in page.words


@pytest.mark.parametrize("day", ["soon", "2026-02-30", "0001-01-01", "9999-12-31"])
def test_a_day_that_is_none_is_not_found(now, signed_in, day):
    make.site()
    signed_in("coordinator").get(f"/today?day={day}", status=404)


def test_a_clinician_sees_the_sessions_they_lead(now, signed_in):
    ana = make.staff(name="Ana Rivera")
    make.session("2026-03-04", "09:00", "10:00", title="Hers", leaders=[ana])
    make.session("2026-03-04", "11:00", "12:00", title="Another's", leaders=[make.staff()])
    text = signed_in(ana).get("/today").text
    assert ("Hers" in text, "Another's" in text) == (True, False)


def test_the_front_desk_sees_no_topics(now, signed_in):
    make.session("2026-03-04", "09:00", "10:00", title="Relapse prevention")
    text = signed_in("front_desk").get("/today").text
    assert ("Group session" in text, "Relapse prevention" in text) == (True, False)


def test_an_individual_session_says_with_whom_to_everybody_who_may_open_its_sheet(now, signed_in):
    ana, kim = make.staff(name="Ana Rivera"), make.staff()
    session = make.session(
        "2026-03-04", "09:00", "09:50", title="Trauma work", kind=Kind.INDIVIDUAL, leaders=[ana]
    )
    jo = make.enrollment(make.participant(name="Jordan Avery")).participant_id
    make.booking(session, db.scalars(select(Enrollment)).one())
    desk = signed_in("front_desk").get("/today").page
    assert desk.links["Individual with Jordan A. at 9:00 am"] == f"/sessions/{session.id}"
    assert "Trauma" not in desk.words
    (look,) = db.scalars(select(TrailLook))
    assert (look.page, look.participant_ids) == ("today.today", [jo])
    title = "Trauma work with Jordan A."
    assert f"{title} at 9:00 am" in signed_in(ana).get("/today").page.links
    assert signed_in(ana).get(f"/sessions/{session.id}").page.heading == title
    week = signed_in(ana).get(f"/staff/{ana.id}/week?week=2026-03-02").page
    assert title in week.links
    for page in ("/today", f"/staff/{ana.id}/week?week=2026-03-02"):
        assert "Jordan" not in signed_in(kim).get(page).text


def test_one_site_can_be_shown_alone(now, signed_in):
    east, west = make.site(key="east", name="East"), make.site(key="west", name="West")
    make.session("2026-03-04", title="Here", program=make.program(east))
    make.session("2026-03-04", title="There", program=make.program(west))
    pages = signed_in("coordinator")
    first, all_ = pages.get("/today").page.words, pages.get("/today?site=all").page.words
    assert ("Here" in first, "There" in first) == (True, False)
    assert ("Here" in all_, "There" in all_) == (True, True)
    assert "There" in pages.get("/today").page.words  # as chosen last
    one = pages.get("/today?site=west").page.words
    assert ("Here" in one, "There" in one) == (False, True)
    assert "Here" not in pages.get("/today").page.words
    assert "Here" not in pages.get("/building").page.words
    again = signed_in("coordinator", email="else@example.org")
    assert "Here" in again.get("/today").page.words


def test_a_sheet_left_open_and_a_week_in_danger_need_attention(now, signed_in):
    enrollment = make.enrollment()
    make.booking(make.session("2026-03-03", title="Left open"), enrollment)
    make.session("2026-03-06", "08:00", "16:00")
    page = signed_in("coordinator").get("/today").page
    items = [item.text for item in page.all("li", class_="attention-item")]
    assert items == [
        "Left open, Tue, Mar 3 at 10:00 am 1 person still unmarked",
        "1 person needs a make-up Their hours of this week fall short of what is prescribed",
    ]


def attention(pages, path="/today"):
    page = pages.get(path).page
    return [item.text for item in page.all("li", class_="attention-item")]


def test_who_misses_too_often_needs_attention(now, signed_in):
    make.organization(alert_in_a_row=2)
    enrollment = make.enrollment(min_minutes=0)
    for day in ("2026-03-02", "2026-03-03"):
        session = make.session(day)
        make.booking(session, enrollment, Status.NO_SHOW, signed_at=session.ends_at)
    told = "1 person missed too often As many misses as the attendance policy allows, or more"
    pages = signed_in("coordinator")
    assert attention(pages) == [told]
    assert pages.get("/today").page.links["1 person missed too often"] == "/attendance-alerts"
    assert attention(signed_in("front_desk")) == []


def test_a_leader_who_is_away_needs_attention(now, signed_in):
    ana, ben = make.staff(name="Ana Rivera"), make.staff(name="Ben Okafor")
    make.time_off(ana, "2026-03-05", "2026-03-06")
    make.time_off(ben, "2026-03-06")
    make.session("2026-03-05", leaders=[ana])
    make.session("2026-03-06", leaders=[ana])
    make.session("2026-03-06", "13:00", "14:00", leaders=[ben])
    pages = signed_in("front_desk")
    assert attention(pages) == [
        "Ana Rivera is away 2 sessions of theirs from Thu, Mar 5 to Fri, Mar 6",
        "Ben Okafor is away 1 session of theirs on Fri, Mar 6",
    ]
    assert pages.get("/today").page.links["Ana Rivera is away"] == "/today?day=2026-03-05"


def test_who_is_away_today_comes_first_and_their_sessions_say_it(now, signed_in):
    ana, ben = make.staff(name="Ana Rivera"), make.staff(name="Ben Okafor")
    make.time_off(ana, "2026-03-04")
    make.session("2026-03-04", "07:00", "07:30", leaders=[ana], title="Over")
    make.session("2026-03-04", "14:00", "15:00", leaders=[ben], title="Not hers")
    make.session("2026-03-04", "16:00", "17:00", leaders=[ben, ana], title="Later")
    first = make.session("2026-03-04", "13:00", "14:00", leaders=[ana], title="First")
    make.session("2026-03-04", "18:00", "19:00", leaders=[ana], title="Off", is_cancelled=True)
    make.booking(make.session("2026-03-03", title="Left open"), make.enrollment(min_minutes=0))
    pages = signed_in("coordinator")
    page = pages.get("/today").page
    assert [item.text for item in page.all("li", class_="attention-item")] == [
        "Ana Rivera is away 2 sessions of theirs today",
        "Left open, Tue, Mar 3 at 10:00 am 1 person still unmarked",
    ]
    assert page.links["Ana Rivera is away"] == f"/today?day=2026-03-04#session-{first.id}"
    cards = page.all("li", class_="session")
    marked = [card.all("h3")[0].text for card in cards if "Ana Rivera is away" in card.text]
    assert marked == ["First at 1:00 pm", "Later at 4:00 pm"]


def test_a_room_out_of_use_needs_attention(now, signed_in):
    make.session("2026-03-05", room=make.room(name="Blue", is_active=False))
    pages = signed_in("front_desk")
    assert attention(pages) == ["Blue is retired 1 session there from Thu, Mar 5 on"]
    assert pages.get("/today").page.links["Blue is retired"] == "/today?day=2026-03-05"


def test_a_leader_without_access_needs_attention_until_others_lead(now, signed_in):
    ana = make.staff(name="Ana Rivera", is_active=False)
    make.session("2026-03-05", leaders=[ana])
    make.session("2026-09-01", leaders=[ana])
    make.enrollment(clinician=ana, from_on="2026-03-16")
    sessions = "Ana Rivera no longer has access 2 sessions of theirs from Thu, Mar 5 on"
    people = "Ana Rivera no longer has access 1 person on their caseload"
    pages = signed_in("coordinator")
    assert attention(pages) == [sessions, people]
    links = pages.get("/today").page.links
    assert links["Ana Rivera no longer has access"] == f"/staff/{ana.id}"
    assert attention(signed_in("front_desk")) == [sessions]


def test_a_license_that_runs_out_is_for_those_who_manage_staff(now, signed_in):
    make.site()
    ana = make.staff(name="Ana Rivera", license_expires_on=date(2026, 3, 20))
    make.staff(name="Ben Okafor", license_expires_on=date(2026, 3, 3))
    pages = signed_in("admin")
    assert attention(pages) == [
        "Ben Okafor: license Expired on Mar 3, 2026",
        "Ana Rivera: license Expires on Mar 20, 2026",
    ]
    assert pages.get("/today").page.links["Ana Rivera: license"] == f"/staff/{ana.id}"
    assert attention(signed_in("coordinator")) == []


def test_the_front_desk_is_told_of_no_hours(now, signed_in):
    make.booking(make.session("2026-03-03"), make.enrollment())
    assert "make-up" not in signed_in("front_desk").get("/today").text


def test_a_refused_tap_is_shown_until_it_was_seen(now, signed_in):
    jo = make.participant(name="Jordan Avery")
    door = make.kiosk_device(name="Door")
    make.kiosk_tap(door, jo, tapped_at=now - timedelta(minutes=2))
    tap = make.kiosk_tap(door, jo, received_at=now + timedelta(seconds=1))
    stranger = make.kiosk_tap(door)
    make.kiosk_tap(door, received_at=now - timedelta(seconds=1))
    pages = signed_in("front_desk")
    line, other = attention(pages)
    assert line.startswith(
        "Jordan A. was refused at Door, 12:00 pm Nobody has this PIN. 2 times since 11:58 am."
    )
    assert other.startswith("Somebody was refused at Door, 12:00 pm Nobody has this PIN. 2 times. ")
    assert pages.answer.page.links["Somebody was refused at Door, 12:00 pm"] == "/building"
    assert pages.answer.page.words.count("Undo check-ins") == 1
    assert f"/participants/{jo.id}/desk" in pages.get("/today").page.links.values()
    (look, *_) = db.scalars(select(TrailLook))
    assert look.participant_ids == [jo.id]
    pages.submit(f"/kiosk/taps/{tap.id}/seen")
    assert [line[:8] for line in attention(pages)] == ["Somebody"]
    pages.submit(f"/kiosk/taps/{stranger.id}/seen")
    assert attention(pages) == []


def test_a_refused_tap_is_settled_by_checking_them_in(now, signed_in):
    jo = make.participant(name="Jordan Avery")
    booking = make.booking(make.session("2026-03-04", "12:05", "13:00"), make.enrollment(jo))
    make.kiosk_tap(make.kiosk_device(name="Door"), jo)
    pages = signed_in("front_desk")
    (line,) = attention(pages)
    assert line.startswith("Jordan A. was refused at Door")
    desk = Actor("account", 1)
    mark(booking, status=Status.PRESENT, version=booking.version, by=desk, now=now)
    assert attention(pages) == []


def test_a_clinic_that_is_not_set_up_says_whom_to_ask(now, signed_in):
    admin = signed_in("admin", name="Rae Root")
    words = signed_in("coordinator").get("/today").page.words
    assert "Rae Root can set them up." in words
    assert admin.get("/today", status=302).location == "/setup"


def test_today_needs_the_same_statements_for_one_session_and_for_many(now, signed_in, queries):
    """Where everything is kept that the day's board tells of, in a clinic of several sites."""
    pages = signed_in("admin")
    make.organization(alert_in_a_row=2, alert_misses=3, alert_days=30)
    asked = {Measure.UNIT_MINUTES_MIN: 180, Measure.GAP_DAYS_MAX: 2}
    program = make.program(rule_set_id=make.rule_set(asked).id)
    make.site()
    enrollment = make.enrollment(program=program)
    make.authorization(enrollment)
    make.booking(make.session("2026-03-04", "08:00", "09:00", kind=Kind.INDIVIDUAL), enrollment)
    pages.get(f"/today?site={program.site.key}")
    with queries() as one:
        pages.get("/today")
    for hour in range(10, 18):
        make.booking(make.session("2026-03-04", f"{hour}:00", f"{hour}:50", kind=Kind.INDIVIDUAL))
        enrollment = make.enrollment()
        for day in range(1, 4):
            session = make.session(f"2026-03-{day:02}", f"{hour}:00", f"{hour}:50")
            make.booking(session, enrollment, Status.NO_SHOW)
    with queries() as many:
        pages.get("/today")
    assert many() == one()
    assert one() <= 12


@pytest.fixture
def missed(now):
    make.organization(alert_in_a_row=2)
    ana = make.staff()
    jordan, other = (
        make.enrollment(make.participant(name="Jordan Avery"), clinician=ana),
        make.enrollment(make.participant(name="Kim Tran")),
    )
    for enrollment in (jordan, other):
        for day in ("2026-03-02", "2026-03-03"):
            session = make.session(day, program=enrollment.program)
            make.booking(session, enrollment, Status.NO_SHOW)
    return ana, jordan


def test_alerts_are_listed_with_their_misses(missed, signed_in):
    _, jordan = missed
    page = signed_in("coordinator").get("/attendance-alerts").page
    assert page.heading == "Attendance alerts"
    assert page.rows == [
        ["Jordan Avery", "Evening IOP", "2 misses in a row", "Tue, Mar 3"],
        ["Kim Tran", "Evening IOP", "2 misses in a row", "Tue, Mar 3"],
    ]
    assert page.links["Jordan Avery"] == f"/participants/{jordan.participant_id}"
    assert [look.page for look in db.scalars(select(TrailLook))] == ["today.attendance_alerts"]
    by_name = signed_in("coordinator").get("/attendance-alerts?sort=-name").page
    assert [row[0] for row in by_name.rows] == ["Kim Tran", "Jordan Avery"]
    assert by_name.links["Latest"] == "/attendance-alerts?sort=-latest"
    signed_in("coordinator").get("/attendance-alerts?sort=x", status=404)


def test_alerts_of_one_site_or_program_keep_that_from_page_to_page(missed, signed_in, monkeypatch):
    monkeypatch.setattr("clinic.today.views.MOST_ROWS", 1)
    day = make.program(make.site(key="west", name="West"), name="Day IOP")
    far = make.enrollment(make.participant(name="Gil West"), day)
    for number in (2, 3):
        session = make.session(f"2026-03-0{number}", program=day)
        make.booking(session, far, Status.NO_SHOW)
    pages = signed_in("billing")
    page = pages.get("/attendance-alerts?site=west").page
    assert [row[0] for row in page.rows] == ["Gil West"]
    page = pages.get("/attendance-alerts?program=Evening+IOP").page
    assert "2 people with" in page.words
    assert page.links["Next"] == "/attendance-alerts?program=Evening+IOP&page=2"
    assert page.links["Day IOP"] == "/attendance-alerts?program=Day+IOP"
    assert pages.get("/attendance-alerts?program=Day+IOP&site=west").page.rows != []


def test_a_clinician_is_told_of_their_own(missed, signed_in):
    ana, _ = missed
    assert len(signed_in(ana).get("/attendance-alerts").page.rows) == 1


def test_without_alerts_it_says_why(now, signed_in):
    make.site()
    pages = signed_in("billing")
    assert "asks for no alerts" in pages.get("/attendance-alerts").page.words
    make.organization(alert_in_episode=3)
    assert "No alerts" in pages.get("/attendance-alerts").page.words


def test_alerts_need_the_right_to_see_participants(missed, signed_in, monkeypatch):
    rights = TABLE[Role.BILLING]
    monkeypatch.setitem(TABLE, Role.BILLING, rights - {Permission.SEE_PARTICIPANTS})
    signed_in("billing").get("/attendance-alerts", status=403)


def test_alerts_of_a_clinic_that_is_not_set_up_say_what_to_do(now, signed_in):
    assert "Nothing is set up yet" in signed_in("admin").get("/attendance-alerts").text


def test_alerts_come_in_pages(missed, signed_in, monkeypatch):
    monkeypatch.setattr("clinic.today.views.MOST_ROWS", 1)
    pages = signed_in("coordinator")
    first = pages.get("/attendance-alerts").page
    assert "2 people with as many misses" in first.words
    assert [row[0] for row in first.rows] == ["Jordan Avery"]
    assert [row[0] for row in pages.get("/attendance-alerts?page=2").page.rows] == ["Kim Tran"]
    pages.get("/attendance-alerts?page=3", status=404)


# All sheets of a day


def papers(answer):
    """The sheets of a print: their headings, then a line for each person."""
    return [
        (
            section.all("h2")[0].text,
            [each.text for each in section.all("p")[:3]],
            [
                [cell.text for cell in row.all("th", "td")]
                for row in section.all("tbody")[0].all("tr")
            ],
        )
        for section in answer.page.all("section", class_="paper")
    ]


@pytest.fixture
def morning(app, at):
    """Monday, five to nine: two groups of Ana's to come, one over, one cancelled, one tomorrow."""
    at("2026-03-02 08:55")
    ana = make.staff(name="Ana Rivera")
    room = make.room(name="Room 1")
    nine = make.session("2026-03-02", "09:00", "10:00", title="Process", leaders=[ana], room=room)
    eight = make.session("2026-03-02", "07:00", "08:00", title="Early")
    make.session("2026-03-02", "11:00", "12:00", title="Off", is_cancelled=True)
    make.session("2026-03-03", title="Tomorrow")
    jo, joe = (
        make.enrollment(make.participant(name=name)) for name in ("Maria Gomez", "Maria Garcia")
    )
    present = {"status": Status.PRESENT, "method": Method.KIOSK}
    make.booking(nine, jo, arrived="08:51", **present)
    make.booking(nine, joe, Status.EXCUSED, reason="flu")
    make.booking(eight, jo, arrived="07:04", left="07:50", **present)
    return ana


def test_all_sheets_of_a_day_are_printed_with_date_leader_and_what_is_known(morning, signed_in):
    desk = signed_in("front_desk")
    boxes = "Present Late Excused Late cancel No-show"  # to tick
    blank = ["", boxes, "", "", ""]
    day = "Monday, March 2, 2026, "
    answer = desk.get("/today/sheets")
    assert papers(answer) == [
        (
            "Group session",
            [
                f"{day}7:00 – 8:00 am",
                "Riverside Recovery · Site 1 · nobody leads it yet · Group",
                "Sheet 1 of 2 · as of today, 8:55 am",
            ],
            [
                ["Maria G.", "Late, 4 min, left early", "7:04 am", "7:50 am", ""],
                blank,
                blank,
                blank,
            ],
        ),
        (
            "Group session",
            [
                f"{day}9:00 – 10:00 am",
                "Riverside Recovery · Site 1 · Room 1 · led by Ana Rivera · Group",
                "Sheet 2 of 2 · as of today, 8:55 am",
            ],
            [
                ["Maria Ga.", "Excused “flu”", "", "", ""],
                ["Maria Go.", f"Checked in 8:51 am {boxes}", "", "", ""],
                blank,
                blank,
                blank,
            ],
        ),
    ]
    looks = db.scalars(select(TrailLook.participant_ids)).all()
    assert [len(ids) for ids in looks] == [2]
    assert papers(desk.get("/today/sheets?day=2026-03-03"))[0][2][0] == ["Nobody is expected."]
    assert "No session takes place on this day." in desk.get("/today/sheets?day=2026-03-04").text
    assert desk.get("/today").page.links["All sheets"] == "/today/sheets"


def test_a_printed_sheet_tells_how_the_session_took_place(app, at, signed_in):
    at("2026-03-02 12:00")
    make.organization(asks_identity=True)
    ana, kim = make.staff(name="Ana Rivera"), make.staff(name="Kim Tran")
    held = {"held_from": make.instant("2026-03-02 10:05"), "topic": "Triggers"}
    session = make.session(mode=Mode.HYBRID, leaders=[ana], **held)
    stood_in = {"staff": kim, "position": 2, "has_led": True, "stood_in": True}
    db.add(SessionLeader(session_id=session.id, **stood_in))
    video = {"took_part": Mode.VIRTUAL, "identified_by": Identity.PHOTO_ID}
    make.booking(session, make.enrollment(), Status.PRESENT, **video)
    path = "/today/sheets"
    page = signed_in("coordinator").get(path).page
    head, row = page.all("td", class_="paper-head")[0].text, page.all("tbody")[0].all("tr")[0]
    assert "led by Ana Rivera · Group · Hybrid" in head
    assert "Topic: Triggers · Began 10:05 am · Led by Kim Tran (stood in)" in head
    assert "Present By video Photo ID" in row.text
    assert "Triggers" not in signed_in("front_desk").get(path).text


def test_sheets_are_ones_own_and_of_one_site(morning, signed_in):
    far = make.program(make.site(timezone="America/Chicago"))
    make.session("2026-03-02", "08:30", "09:30", program=far, title="Far")
    ana = signed_in(morning)
    assert [paper[0] for paper in papers(ana.get("/today/sheets"))] == ["Process"]
    coordinator = signed_in("coordinator")
    titles = [paper[0] for paper in papers(coordinator.get("/today/sheets?site=all"))]
    assert titles == ["Early", "Process", "Far"]
    (paper,) = papers(coordinator.get("/today/sheets?site=site-2"))
    assert paper[1][0] == "Monday, March 2, 2026, 8:30 – 9:30 am Chicago time"
    signed_in("billing").get("/today/sheets", status=403)


def test_before_a_site_is_set_up_there_are_no_sheets(app, at, signed_in):
    at("2026-03-02 08:55")
    assert "No session takes place" not in signed_in("front_desk").get("/today/sheets").text


def test_as_many_statements_for_many_sheets(morning, signed_in, queries):
    desk = signed_in("front_desk")
    with queries() as few:
        desk.get("/today/sheets")
    for hour in range(12, 18):
        make.booking(make.session("2026-03-02", f"{hour}:00", f"{hour}:50"))
    with queries() as many:
        desk.get("/today/sheets")
    assert many() == few()
