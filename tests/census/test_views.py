import pytest
from sqlalchemy import select

from clinic.db import db as stored
from clinic.enrollment.models import EndReason, Outcome
from clinic.permissions import TABLE, Permission, Role
from clinic.programs.models import Measure
from clinic.trail import TrailLook
from tests import make


@pytest.fixture
def now(app, at):
    return at("2026-03-04 12:00")  # a Wednesday


def enrolled(name, program=None, **facts):
    return make.enrollment(make.participant(name=name), program, **facts)


def looks():
    return [(look.page, look.participant_ids) for look in stored.scalars(select(TrailLook))]


@pytest.fixture
def people(now):
    rule_set = make.rule_set({Measure.CASELOAD_MAX: 1}, name="Arizona S9480")
    program = make.program(name="Evening IOP", rule_set_id=rule_set.id)
    ana = make.staff(name="Ana Rivera")
    adam = enrolled("Adam West", program, clinician=ana)
    make.leave(enrolled("Ben Hill", program, clinician=ana), "2026-03-02", "2026-03-06")
    enrolled("Cleo Park", program, until_on="2026-03-06")
    enrolled("Dan Moss", program, from_on="2026-03-10")
    return ana, adam


def test_the_census_of_today_adds_up_and_names_everybody(people, signed_in):
    page = signed_in("coordinator").get("/census").page
    assert page.heading == "Census"
    assert page.texts("dd") == ["2", "1", "2.9 active a day"]
    assert page.rows == [
        [
            "Evening IOP Names of Evening IOP Adam West Ben Hill on leave Cleo Park",
            "2 active",
            "1 on leave",
            "2.9 on average",
        ],
        ["All", "2 active", "1 on leave", "2.9 on average"],
        [
            (
                "Ana Rivera 1 of 1, at the limit Arizona S9480 Names of Ana Rivera"
                " Adam West Ben Hill on leave"
            ),
            "1 active",
            "1 on leave",
            "1.9 on average",
        ],
        [
            "No clinician Names of No clinician Cleo Park",
            "1 active",
            "0 on leave",
            "1.0 on average",
        ],
        ["All", "2 active", "1 on leave", "2.9 on average"],
    ]


def test_the_weeks_tell_who_comes_who_goes_who_is_away_and_who_has_no_group(people, signed_in):
    page = signed_in("coordinator").get("/census").page
    assert page.texts("h3") == ["March 2 – 8", "March 9 – 15"]
    lists = [[line.text for line in found.all("li")] for found in page.all("ul", class_="lines")]
    assert lists == [
        ["Fri, Mar 6 Cleo Park Evening IOP Planned end"],
        ["Tue, Mar 10 Dan Moss Evening IOP Planned"],
        ["Ben Hill Evening IOP back Sat, Mar 7"],
        [
            "Adam West Evening IOP Active since Mon, Jan 5",
            "Cleo Park Evening IOP Active since Mon, Jan 5",
            "Dan Moss Evening IOP Planned from Tue, Mar 10",
        ],
    ]


def test_each_move_says_how_it_stands(now, signed_in):
    enrolled("Came", from_on="2026-03-02")
    enrolled("Forgotten", until_on="2026-03-02")
    how = {"outcome": Outcome.LEFT, "end_reason": EndReason.DROPPED_OUT}
    enrolled("Left", until_on="2026-03-03", **how)
    page = signed_in("coordinator").get("/census").page
    arriving, leaving = page.all("ul", class_="lines")[:2]
    assert [line.text for line in arriving.all("li")] == ["Mon, Mar 2 Came Evening IOP Active"]
    assert [line.text for line in leaving.all("li")] == [
        "Mon, Mar 2 Forgotten Evening IOP Outcome not recorded",
        "Tue, Mar 3 Left Evening IOP Left: dropped out",
    ]
    words = signed_in("billing").get("/census").page.words
    assert ("Tue, Mar 3 Left Evening IOP Left" in words, "dropped out" in words) == (True, False)


def test_another_day_is_a_step_away_and_can_be_asked_for(people, signed_in):
    pages = signed_in("coordinator")
    page = pages.get("/census").page
    assert (page.links["Previous day"], page.links["Next day"]) == (
        "/census?day=2026-03-03",
        "/census?day=2026-03-05",
    )
    later = pages.get("/census?day=2026-03-10").page
    assert "Tuesday, March 10, 2026" in later.words
    assert later.texts("dd")[0] == "3"
    pages.get("/census?day=soon", status=404)


def test_one_site_can_be_looked_at_and_stays_from_day_to_day(people, signed_in):
    enrolled("Gil West", make.program(make.site(key="west", name="West"), name="Far IOP"))
    page = signed_in("coordinator").get("/census?site=west&day=2026-03-04").page
    assert page.texts("dd")[:2] == ["1", "0"]
    assert [row[0].split(" Names")[0] for row in page.rows] == [
        "Far IOP",
        "All",
        "No clinician",
        "All",
    ]
    assert page.links["Next day"] == "/census?site=west&day=2026-03-05"
    assert page.links["Today"] == "/census?site=west"
    assert page.links["All"] == "/census?day=2026-03-04"


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ("", "Evening IOP, Night IOP, All, Ana Rivera, No clinician, All"),
        ("-name", "Night IOP, Evening IOP, All, Ana Rivera, No clinician, All"),
        ("average", "Night IOP, Evening IOP, All, No clinician, Ana Rivera, All"),
        ("-leave", "Evening IOP, Night IOP, All, Ana Rivera, No clinician, All"),
        ("active", "Night IOP, Evening IOP, All, Ana Rivera, No clinician, All"),
    ],
)
def test_both_tables_are_sorted_by_a_column(people, signed_in, asked, names):
    make.program(name="Night IOP")
    pages = signed_in("coordinator")
    rows = pages.get(f"/census?sort={asked}&day=2026-03-04").page.rows
    assert ", ".join(row[0].split(" Names")[0].split(" 1 of")[0] for row in rows) == names
    pages.get("/census?sort=size", status=404)


def test_names_lead_to_the_participants_page_and_the_look_is_noted(people, signed_in):
    _, adam = people
    page = signed_in("billing").get("/census").page
    assert page.links["Adam West"] == f"/participants/{adam.participant_id}"
    assert looks() == [("census.census", [1, 2, 3, 4])]


def test_without_the_right_to_see_participants_names_lead_nowhere(people, signed_in, monkeypatch):
    rights = TABLE[Role.BILLING]
    monkeypatch.setitem(TABLE, Role.BILLING, rights - {Permission.SEE_PARTICIPANTS})
    assert "Adam West" not in signed_in("billing").get("/census").page.links


def test_a_clinician_sees_their_own_groups_and_caseload(people, signed_in):
    ana, _ = people
    page = signed_in(ana).get("/census").page
    assert "your groups and caseload" in page.words
    assert ("Adam West" in page.links, "Cleo Park" in page.links) == (True, False)


def test_the_front_desk_sees_no_census(people, signed_in):
    signed_in("front_desk").get("/census", status=403)


def test_a_clinic_that_is_not_set_up_says_what_to_do(now, signed_in):
    assert "Nothing is set up yet" in signed_in("admin").get("/census").text


def test_an_empty_clinic_says_what_will_be_here(now, signed_in):
    make.site()
    text = signed_in("coordinator").get("/census").page.words
    assert ("No programs yet" in text, "Nobody is here on this day" in text) == (True, True)


def test_the_census_needs_the_same_statements_for_one_and_for_sixty(now, signed_in, queries):
    pages = signed_in("coordinator")
    sent = []
    for number in (1, 59):
        for place in range(number):
            make.leave(enrolled(f"Person {place}"), "2026-03-04", "2026-03-05")
        pages.get("/census")
        with queries() as count:
            pages.get("/census")
        sent.append(count())
    assert sent[0] == sent[1] <= 12
