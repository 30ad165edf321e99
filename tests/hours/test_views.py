import csv
from datetime import date

import pytest
from sqlalchemy import select

from clinic.days import DAY
from clinic.db import db as stored
from clinic.offers.models import CameOfIt, MakeUpOffer
from clinic.permissions import TABLE, Permission, Role
from clinic.programs.models import Kind
from clinic.schedule.models import Session, Status
from clinic.trail import TrailLook
from tests import make
from tests.html import fields_of
from tests.sessions.meetings import saved


@pytest.fixture
def now(app, at):
    return at("2026-03-04 22:00")  # a Wednesday


@pytest.fixture
def people(now):
    """Four people of Wednesday evening, by what became of their three evenings of three hours."""
    program = make.program(key="evening", name="Evening IOP", min_service_days=3)
    evenings = [
        make.session(f"2026-03-{day:02}", "18:00", "21:00", program=program) for day in (2, 3, 4)
    ]
    histories = {
        "Ana Reached": [Status.PRESENT] * 3,
        "Ben Course": [Status.PRESENT, Status.PRESENT, Status.EXPECTED],
        "Cleo Missed": [Status.PRESENT, Status.NO_SHOW, Status.PRESENT],
        "Dan Missedmore": [Status.EXCUSED, Status.NO_SHOW, Status.PRESENT],
    }
    found = {}
    for name, statuses in histories.items():
        enrollment = make.enrollment(make.participant(name=name), program)
        for session, status in zip(evenings, statuses, strict=True):
            make.booking(session, enrollment, status)
        found[name] = enrollment
    newcomer = make.enrollment(make.participant(name="Eve Newcomer"), program, from_on="2026-03-04")
    make.session("2026-03-07", "09:00", "15:00", program=program)  # brings what is missing
    return found | {"Eve Newcomer": newcomer}


def names(page):
    return [cell.all("a")[0].text for cell in page.all("th", scope="row")]


def chips(page):
    (nav,) = page.all("nav", aria_label="States")
    return [link.text for link in nav.all("a")]


def looks():
    return [(look.page, look.participant_ids) for look in stored.scalars(select(TrailLook))]


def test_the_week_shows_whom_somebody_has_to_look_after_with_the_reason_and_the_act(
    people, signed_in
):
    page = signed_in("coordinator").get("/hours").page
    missed = "Missed Tue Process group Excused from Mon Process group"
    saturday = "Sat, Mar 7, 9:00 am – 3:00 pm"
    best = f"Best: {saturday} Process group, +6 h Place"
    assert page.heading == "Hours"
    assert page.rows == [
        [
            "Dan Missedmore Evening IOP",
            "3 h done of 9–12 h",
            f"At risk {missed} Too few days",
            "6 h missing",
            "1 of 3 days attended",
            f"{best} Dan Missedmore on {saturday} Others… for Dan Missedmore",
        ],
        [
            "Cleo Missed Evening IOP",
            "6 h done of 9–12 h",
            "At risk Missed Tue Process group Too few days",
            "3 h missing",
            "2 of 3 days attended",
            f"{best} Cleo Missed on {saturday} Others… for Cleo Missed",
        ],
    ]
    dan = people["Dan Missedmore"]
    path = f"/participants/{dan.participant_id}/desk"
    assert page.links["Others… for Dan Missedmore"] == f"{path}#seats"
    seats = signed_in("coordinator").get(path).page
    assert seats.texts("h2", id="seats") == ["Free seats to offer"]
    path = f"/sessions/new?enrollment={dan.id}"
    assert seats.links["Plan an individual session"] == path
    later = signed_in("coordinator").get("/hours?week=2026-03-09").page
    assert later.links["Plan a session for Dan Missedmore"] == f"{path}&week=2026-03-09"
    assert page.links["Nothing to do for 3 people"] == "/hours?week=2026-03-02&state=all"
    assert page.texts("p", class_="folded") == [
        "Nothing to do for 3 people 1 on course · 1 reached · 1 no target"
    ]


def test_the_best_make_up_is_given_in_one_press_and_what_is_offered_is_told(people, signed_in):
    pages, cleo = signed_in("coordinator"), people["Cleo Missed"]
    later = make.instant("2026-03-05 08:00")
    saturday = stored.scalars(select(Session).where(Session.starts_at > later)).one()
    make.offer(cleo, saturday, opens_at=later)
    row = pages.get("/hours").page.rows[1]
    assert row[5].startswith("Sat, Mar 7, 9:00 am – 3:00 pm: Goes out")
    dan = people["Dan Missedmore"]
    placing = f"/enrollments/{dan.id}/make-ups/place"
    assert pages.submit(placing).location == "/hours"
    pages.follow()
    assert "Dan Missedmore is added to Sat, Mar 7, 9:00 am – 3:00 pm." in pages.answer.page.words
    (offer,) = stored.scalars(select(MakeUpOffer).where(MakeUpOffer.enrollment_id == dan.id))
    assert (offer.session_id, offer.missed_session_id is None) == (saturday.id, False)
    shown = pages.get("/hours?state=on_course").page.rows
    assert [row[0] for row in shown] == [
        "Ben Course Evening IOP",
        "Dan Missedmore Evening IOP",
    ]


def test_where_all_that_is_free_was_offered_already_words_and_act_say_so(people, signed_in):
    later = make.instant("2026-03-05 08:00")
    saturday = stored.scalars(select(Session).where(Session.starts_at > later)).one()
    ended = {"outcome": CameOfIt.DECLINED, "ended_at": later}
    make.offer(people["Cleo Missed"], saturday, **ended)
    pages = signed_in("coordinator")
    dan, cleo = pages.get("/hours").page.rows
    assert cleo[2].endswith("Too few days · Free seats bring 6 h, all offered already")
    assert cleo[5].endswith("Free seats… for Cleo Missed")
    assert "Place" not in cleo[5]
    assert dan[2].endswith("Too few days")
    _, cleo = pages.get("/hours/digest").page.rows
    assert "Free seats bring 6 h, all offered already" in cleo[1]
    assert cleo[3].endswith("Free seats… for Cleo Missed")


def test_a_danger_that_was_told_stands_with_since_when(people, signed_in):
    for name in ("Dan Missedmore", "Ben Course"):
        make.told_state(people[name], "2026-03-03", "needs_make_up")
    rows = {row[0]: row[2] for row in signed_in("coordinator").get("/hours?state=all").page.rows}
    assert rows["Dan Missedmore Evening IOP"].endswith("Too few days · Known since Tue")
    assert "Known" not in rows["Ben Course Evening IOP"] + rows["Cleo Missed Evening IOP"]


def test_everyone_has_those_on_course_below(people, signed_in):
    page = signed_in("coordinator").get("/hours?state=all").page
    assert page.rows[2:] == [
        [
            "Ben Course Evening IOP",
            "6 h done + 3 h not recorded, of 9–12 h",
            "On course 3 h not recorded yet",
            "–",
            "2 of 3 days attended",
            "",
        ],
        [
            "Ana Reached Evening IOP",
            "9 h done of 9–12 h",
            "Reached",
            "–",
            "3 of 3 days attended",
            "",
        ],
        [
            "Eve Newcomer Evening IOP",
            "0 min done of 9–12 h",
            "No target",
            "–",
            "0 of 3 days attended",
            "",
        ],
    ]


@pytest.mark.parametrize(
    ("sort", "by_name"),
    [
        ("", "Dan Cleo Ben Ana Eve"),
        ("-danger", "Eve Ana Ben Cleo Dan"),
        ("name", "Ana Ben Cleo Dan Eve"),
        ("-name", "Eve Dan Cleo Ben Ana"),
        ("-missing", "Dan Cleo Ana Ben Eve"),
        ("done", "Eve Dan Ben Cleo Ana"),
        ("-days", "Ana Ben Cleo Dan Eve"),
    ],
)
def test_a_press_on_a_column_sorts_by_it(people, signed_in, sort, by_name):
    page = signed_in("coordinator").get(f"/hours?state=all&sort={sort}").page
    assert " ".join(name.split()[0] for name in names(page)) == by_name
    (column,) = [each for each in page.all("th") if each.get("aria-sort")]
    assert column.get("aria-sort") == ("descending" if sort.startswith("-") else "ascending")
    assert "sort=days" in page.links["Days attended ↓" if sort == "-days" else "Days attended"]


def test_what_is_not_recorded_leads_its_leader_and_whoever_sees_all_to_the_sheet(now, signed_in):
    rivera = make.staff(name="Ana Rivera")
    facts = {"kind": Kind.INDIVIDUAL, "title": "Individual session"}
    session = make.session("2026-02-23", "08:00", "17:00", leaders=[rivera], **facts)
    enrollment = make.enrollment(make.participant(name="Cleo Open"), clinician=make.staff())
    make.booking(session, enrollment)
    sheet = f"/sessions/{session.id}"
    for who, href in (("coordinator", sheet), (rivera, sheet), (enrollment.clinician, None)):
        page = signed_in(who).get("/hours?week=2026-02-23&clinician=all").page
        assert (
            page.rows[0][2] == "Too early to tell Not recorded yet: Mon Individual with Ana Rivera"
        )
        assert page.links.get("Record attendance of Cleo Open") == href
    page = signed_in("billing").get("/hours?week=2026-02-23").page
    assert page.rows[0][2] == "Too early to tell Not recorded yet: Mon Individual with Ana Rivera"
    assert page.rows[0][5] == ""


def test_a_list_is_narrowed_down_to_a_clinician(people, signed_in):
    rivera = make.staff(name="Ana Rivera")
    people["Cleo Missed"].clinician = rivera
    pages = signed_in("coordinator")
    page = pages.get(f"/hours?clinician={rivera.id}&sort=-name").page
    assert names(page) == ["Cleo Missed"]
    assert narrowed(page, "clinician") == str(rivera.id)
    assert [option.text for option in page.all("select", id="by-clinician")[0].all("option")] == [
        "All clinicians",
        "Ana Rivera",
    ]
    go_to = pages.answer.page.all("form", class_="menu-list")[0]
    assert fields_of(go_to) == {
        "sort": "-name",
        "clinician": str(rivera.id),
        "week": "2026-03-02",
    }
    idle = make.staff(name="Ira Idle")
    assert narrowed(pages.get(f"/hours?clinician={idle.id}").page, "clinician") == str(idle.id)


def narrowed(page, name):
    """What the list is narrowed down by."""
    return fields_of(page.all("form", class_="asked")[0]).get(name)


def state_of(page):
    """What stands in the column of states."""
    return [row[2] for row in page.rows]


def test_a_mix_that_is_not_met_stands_beside_the_state(now, signed_in):
    program = make.program(max_service_days=0)
    make.mix_item(program)
    enrollment = make.enrollment(program=program, min_minutes=0)
    make.booking(make.session("2026-03-03", program=program), enrollment, Status.PRESENT)
    page = signed_in("coordinator").get("/hours").page
    assert state_of(page) == ["Reached Too many days · Mix not met"]


def test_misses_beyond_the_policy_stand_beside_this_week_alone(now, signed_in):
    make.organization(alert_in_a_row=1)
    enrollment = make.enrollment(min_minutes=0)
    make.booking(make.session("2026-03-03"), enrollment, Status.NO_SHOW)
    pages = signed_in("coordinator")
    assert state_of(pages.get("/hours?state=all").page) == ["Reached 1 miss in a row"]
    assert state_of(pages.get("/hours?state=all&week=2026-02-23").page) == ["Reached"]


def test_each_name_leads_to_the_participants_page(people, signed_in):
    page = signed_in("billing").get("/hours?state=all").page
    ana = people["Ana Reached"].participant_id
    assert page.links["Ana Reached"] == f"/participants/{ana}"


def test_without_the_right_to_see_participants_names_lead_nowhere(people, signed_in, monkeypatch):
    monkeypatch.setitem(TABLE, Role.BILLING, TABLE[Role.BILLING] - {Permission.SEE_PARTICIPANTS})
    page = signed_in("billing").get("/hours?state=all").page
    assert [cell.all("a") for cell in page.all("th", scope="row")] == [[]] * 5


def test_a_long_week_has_pages_that_keep_what_was_picked(people, signed_in, monkeypatch):
    monkeypatch.setattr("clinic.hours.views.MOST_ROWS", 2)
    pages = signed_in("coordinator")
    first = pages.get("/hours?state=all&sort=danger").page
    assert names(first) == ["Dan Missedmore", "Cleo Missed"]
    assert first.texts("nav", class_="pager") == ["Page 1 of 3 Next"]
    assert first.links["Next"] == "/hours?state=all&sort=danger&page=2&week=2026-03-02"
    assert names(pages.get("/hours?state=all&page=3").page) == ["Eve Newcomer"]
    assert looks()[-1] == ("hours.week", [people["Eve Newcomer"].participant_id])
    picked = pages.get("/hours?state=needs_make_up").page
    assert picked.texts("nav", class_="pager") == []
    for beyond in ("4", "0", "-1"):
        pages.get(f"/hours?page={beyond}", status=404)


def test_people_equally_endangered_are_by_name(now, signed_in):
    for name in ("Zoe", "adam", "Mia"):
        make.enrollment(make.participant(name=name))
    assert names(signed_in("coordinator").get("/hours").page) == ["adam", "Mia", "Zoe"]


def test_the_states_are_counted_and_one_of_them_can_be_picked(people, signed_in):
    pages = signed_in("coordinator")
    everyone = [
        "Needs attention 2",
        "At risk 2",
        "On course 1",
        "Reached 1",
        "No target 1",
        "Everyone 5",
    ]
    assert chips(pages.get("/hours").page) == everyone
    picked = pages.get("/hours?state=needs_make_up").page
    assert names(picked) == ["Dan Missedmore", "Cleo Missed"]
    assert chips(picked) == everyone


def test_a_state_in_which_nobody_is_says_so(people, signed_in):
    page = signed_in("coordinator").get("/hours?state=short").page
    assert page.rows == []
    assert page.texts(class_="empty-title") == ["Nobody this week"]


def test_over_is_said_of_the_plan_beside_it_and_never_beside_a_week_that_lacks_something(
    now, signed_in
):
    enrollment = make.enrollment()
    make.booking(make.session("2026-03-02", "08:00", "16:30"), enrollment, Status.PRESENT)
    make.booking(make.session("2026-03-03", "08:00", "12:00"), enrollment, Status.NO_SHOW)
    page = signed_in("coordinator").get("/hours").page
    assert [row[1:4] for row in page.rows] == [
        [
            "8 h 30 min done of 9–12 h",
            "Out of reach Missed Tue Process group No free seat at a time they can come",
            "30 min missing",
        ]
    ]
    make.booking(make.session("2026-03-06", "08:00", "09:00"), enrollment)
    page = signed_in("coordinator").get("/hours?state=all").page
    assert page.rows[0][1] == "8 h 30 min done + 1 h ahead, of 9–12 h"  # not too much
    make.booking(make.session("2026-03-07", "08:00", "10:40"), enrollment)
    page = signed_in("coordinator").get("/hours?state=all").page
    assert "16 h 10 min planned, over the maximum of 12 h" in page.rows[0][1]


def test_what_was_planned_is_the_same_wherever_it_is_said_and_booked_is_another_word(
    now, signed_in
):
    jordan = make.enrollment()
    for week in ("2026-03-02", "2026-03-09"):
        monday = date.fromisoformat(week)
        make.booking(make.session(monday, "08:00", "11:00"), jordan, Status.EXCUSED)
        make.booking(make.session(monday + 3 * DAY, "08:00", "13:00"), jordan)
    pages = signed_in("coordinator")
    reasons = "Excused from Mon Process group 8 h of 9 h planned"
    ((_, _, state, *_),) = pages.get("/hours").page.rows
    assert reasons in state
    words = pages.get(f"/participants/{jordan.participant_id}").page.words
    assert "Planned in all 8 h" in words
    assert "8 h planned − 3 h lost = 5 h ahead" in words
    ((_, _, state, *_),) = pages.get("/hours?week=2026-03-09").page.rows
    assert state.startswith(f"5 h of 9 h booked {reasons}")
    pages.get("/exports")
    both = {"what": "hours", "from_on": "2026-03-02", "until_on": "2026-03-15"}
    file = csv.DictReader(pages.submit("/exports", **both, status=200).text.splitlines())
    assert [line["planned_minutes"] for line in file] == ["480", "480"]


def test_a_week_that_is_over_names_what_confirming_could_change(people, signed_in):
    evening = make.session("2026-02-23", "08:00", "17:00")
    make.booking(evening, people["Cleo Missed"])
    page = signed_in("coordinator").get("/hours?week=2026-02-23").page
    assert [(row[0], row[2]) for row in page.rows][-1] == (
        "Cleo Missed Evening IOP",
        "Too early to tell Not recorded yet: Mon Process group Too few days",
    )


@pytest.mark.parametrize(
    ("asked", "shown", "previous", "following"),
    [
        ("", "March 2 – 8 · this week", "2026-02-23", "2026-03-09"),
        ("2026-03-02", "March 2 – 8 · this week", "2026-02-23", "2026-03-09"),
        ("2026-03-08", "March 2 – 8 · this week", "2026-02-23", "2026-03-09"),
        ("2026-03-09", "March 9 – 15", "2026-03-02", "2026-03-16"),
        ("2026-04-01", "March 30 – April 5", "2026-03-23", "2026-04-06"),
        ("2026-01-01", "December 29, 2025 – January 4", "2025-12-22", "2026-01-05"),
        ("2025-06-04", "June 2 – 8, 2025", "2025-05-26", "2025-06-09"),
    ],
)
def test_any_day_shows_its_week(people, signed_in, asked, shown, previous, following):
    page = signed_in("coordinator").get(f"/hours?week={asked}").page
    assert page.texts("p", class_="sub") == [f"{shown} · as of Wed, Mar 4, 10:00 pm"]
    steps = [link.get("href") for link in page.all("a", rel="prev") + page.all("a", rel="next")]
    assert steps == [f"/hours?week={previous}", f"/hours?week={following}"]


def test_weeks_begin_on_the_organizations_weekday(people, signed_in):
    make.organization(week_starts=6)
    page = signed_in("coordinator").get("/hours").page
    assert page.texts("p", class_="sub") == ["March 1 – 7 · this week · as of Wed, Mar 4, 10:00 pm"]


@pytest.mark.parametrize(
    ("rubbish", "status"),
    [
        ("week=soon", 404),
        ("week=2026-02-30", 404),
        ("week=0001-01-01", 404),
        ("week=9999-12-31", 404),
        ("program=no-such", 404),
        ("clinician=0", 404),
        ("clinician=x", 404),
        ("sort=birthday", 404),
        ("state=fine", 400),
        ("state=REACHED", 400),
    ],
)
def test_rubbish_in_the_address_is_answered_in_words(people, signed_in, rubbish, status):
    page = signed_in("coordinator").get(f"/hours?{rubbish}", status=status).page
    assert names(page) == []
    assert looks() == []


def test_the_weeks_of_one_site_and_what_was_picked_stays_in_every_link(
    people, signed_in, monkeypatch
):
    monkeypatch.setattr("clinic.hours.views.MOST_ROWS", 2)
    far = make.program(make.site(key="west", name="West"), key="far", name="Far IOP")
    make.enrollment(make.participant(name="Gil West"), far)
    site = people["Ben Course"].program.site
    pages = signed_in("billing")
    page = pages.get("/hours?site=west").page
    assert names(page) == ["Gil West"]
    path = f"/hours?week=2026-03-02&site={site.key}&program=evening&state=needs_make_up&sort=name"
    page = pages.get(path).page
    assert names(page) == ["Cleo Missed", "Dan Missedmore"]
    asked = f"week=2026-03-02&site={site.key}"
    links = {link.text: link.get("href") for link in page.all("a")}
    assert links["Everyone 5"] == path.replace("needs_make_up", "all")
    assert links["Needs attention 2"] == path.replace("&state=needs_make_up", "")
    assert {
        name: narrowed(page, name) for name in ("week", "site", "program", "state", "sort")
    } == {
        "week": "2026-03-02",
        "site": site.key,
        "program": "evening",
        "state": "needs_make_up",
        "sort": "name",
    }
    assert links["West"] == path.replace(site.key, "west")
    assert links["Next week"] == path.replace("03-02", "03-09")
    assert links["This week"] == path.replace("week=2026-03-02&", "")
    assert links["Export"] == (
        "/exports?what=hours&from_on=2026-03-02&until_on=2026-03-08"
        f"&site={site.key}&program=evening"
    )
    page = pages.get(f"/hours?{asked}&state=all&page=2").page
    assert page.links["Back"] == f"/hours?{asked}&state=all&page=1"
    pages.get("/hours?endpoint=x&_external=1&site=nowhere")


def test_a_week_that_has_not_begun_says_how_much_of_it_is_planned_and_no_danger(people, signed_in):
    ana, ben = people["Ana Reached"], people["Ben Course"]
    for enrollment in (ana, ben):
        make.booking(make.session("2026-03-10", "09:00", "15:00", seats=1), enrollment)
    pages = signed_in("coordinator")
    page = pages.get("/hours?week=2026-03-09&program=evening&sort=name").page
    (first, *_, last) = page.rows
    assert first[2].startswith("6 h of 9 h booked")
    assert last[2].startswith("Nothing booked")
    assert chips(page) == ["Still to plan 5", "To plan, too few free seats 5", "Everyone 5"]
    assert page.all("span", class_="is-bad") == page.all("span", class_="is-warn") == []
    make.session("2026-03-11", "09:00", "18:00", program=ana.program)
    page = pages.get("/hours?week=2026-03-09&program=evening").page
    assert chips(page)[1] == "To plan, free seats 5"


def test_the_pages_about_hours_stand_at_their_head_for_those_who_may_open_them(people, signed_in):
    def listed(who):
        (nav,) = signed_in(who).get("/hours").page.all("nav", aria_label="Pages about hours")
        return [link.text for link in nav.all("a")]

    assert listed("coordinator") == ["Weeks", "Digest", "Short weeks", "Trends", "Authorizations"]
    assert listed("billing") == ["Weeks", "Trends", "Authorizations"]


def test_the_state_of_a_week_follows_each_change_at_once(people, signed_in):
    pages = signed_in("coordinator")
    path = "/hours?state=all&sort=name"

    def states():
        return {row[0].split()[0]: row[2].split()[:2] for row in pages.get(path).page.rows}

    assert states()["Dan"] == ["At", "risk"]
    (free,) = stored.scalars(select(Session).where(Session.day == date(2026, 3, 7)))
    full = [make.enrollment(program=free.program) for _ in range(free.seats)]
    for each in full[:-1]:
        make.booking(free, each)
    assert states()["Dan"] == ["At", "risk"]
    make.booking(free, full[-1])
    assert states()["Dan"] == ["Out", "of"]
    more = make.session("2026-03-06", "09:00", "15:00", program=free.program, seats=1)
    assert states()["Dan"] == ["At", "risk"]
    pages.get(f"/sessions/{more.id}/guests?q=dan")
    saved(pages, f"/sessions/{more.id}/guests/add", enrollment=str(people["Dan Missedmore"].id))
    assert states()["Dan"] == ["On", "course"]
    assert states()["Cleo"] == ["Out", "of"]  # the one seat is gone


def test_the_week_of_one_program(people, signed_in):
    day = make.program(key="day", name="Day IOP")
    make.enrollment(make.participant(name="Fay Day"), day)
    pages = signed_in("coordinator")
    assert len(names(pages.get("/hours?state=all").page)) == 6
    page = pages.get("/hours?program=day").page
    assert names(page) == ["Fay Day"]
    assert chips(page) == ["Needs attention 1", "Out of reach 1", "Everyone 1"]
    make.program(key="night", name="Night IOP")
    page = pages.get("/hours?program=night").page
    assert (names(page), narrowed(page, "program")) == ([], "night")


def test_a_clinician_sees_their_own_people_only(people, signed_in):
    rivera = make.staff()
    people["Ana Reached"].clinician = rivera
    page = signed_in(rivera).get("/hours?state=all").page
    assert names(page) == ["Ana Reached"]
    assert "Ben" not in page.words
    nobodys = signed_in("clinician").get("/hours").page
    assert nobodys.rows == []
    assert nobodys.texts(class_="empty-title") == ["Nobody on this caseload this week"]


@pytest.mark.parametrize("role", list(Role))
def test_whoever_may_see_hours_gets_the_page_and_nobody_else(people, signed_in, role):
    may = Permission.SEE_HOURS in TABLE[role]
    answer = signed_in(role.value).get("/hours", status=200 if may else 403)
    assert ("Cleo" in answer.text) is (may and role is not Role.CLINICIAN)


def test_whoever_is_not_signed_in_is_asked_to(people, pages):
    pages.get("/hours?week=2026-03-02", status=302)
    assert pages.answer.location == "/sign-in?next=/hours?week%3D2026-03-02"


def test_the_trail_says_whose_weeks_were_shown(people, signed_in):
    pages = signed_in("auditor")
    pages.get("/hours?state=reached")
    pages.get("/hours?state=short")
    assert looks() == [("hours.week", [people["Ana Reached"].participant_id])]
    pages.get("/hours?state=all")
    everyone = sorted(enrollment.participant_id for enrollment in people.values())
    assert looks()[1:] == [("hours.week", everyone)]


def test_before_anything_is_set_up_it_says_who_can(now, signed_in):
    words = signed_in("billing").get("/hours").page.words
    assert "An administrator can set them up." in words


def test_the_page_takes_the_same_few_statements_for_one_person_and_for_twenty(
    now, signed_in, queries
):
    make.organization(alert_in_a_row=1)
    pages = signed_in("coordinator")
    session = make.session(seats=30, leaders=[make.staff()])
    sent = []
    for number in range(20):
        make.booking(session, make.enrollment(), Status.NO_SHOW)
        if number in {0, 2, 19}:
            make.saved()
            with queries() as count:
                page = pages.get("/hours").page
                sent.append(count())
            assert len(page.rows) == number + 1
    assert sent == [sent[0]] * 3
    assert sent[0] <= 12
