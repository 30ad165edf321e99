import json

import pytest
from sqlalchemy import select

from clinic.billable.rules import Hold
from clinic.billing.models import UnbilledDay
from clinic.billing.rules import HOLDS
from clinic.db import db
from clinic.programs.models import Measure
from clinic.schedule.models import Status
from clinic.trail import TrailEvent, TrailLook
from tests import make
from tests.claims.worlds import amend

NO_FIGURE = HOLDS[Hold.NO_FIGURE]
WAITS = "Amendment waits An amendment waits for a second person"
LACKS = "does not say what makes a unit. Add it under Setup, Rule sets."


@pytest.fixture
def novak(app, at, signed_in):
    """Who does the billing, on the Thursday after."""
    at("2026-03-05 10:00")
    return signed_in("billing")


@pytest.fixture
def jordan(novak):
    return make.billable_booking(
        enrollment=make.enrollment(
            make.participant(name="Jordan Avery"),
            make.program(
                rule_set_id=make.rule_set(
                    {Measure.UNIT_MINUTES_MIN: 180, Measure.UNITS_DAY_MAX: 1}
                ).id
            ),
        )
    )


def test_a_sheet_that_holds_several_is_one_line_that_leads_to_its_signature(
    jordan, novak, signed_in
):
    jordan.signed_at = None
    program = jordan.enrollment.program
    other = make.enrollment(make.participant(name="Sam Rowe"), program)
    make.booking(jordan.session, other, Status.EXPECTED)
    page = novak.get("/billing").page
    assert page.rows == [
        [
            "Tue, Mar 3",
            "Group session 9:00 am – 12:00 pm · with Ana Rivera",
            "Not recorded 1 person not recorded, 1 person not signed: Jordan Avery, Sam Rowe",
            "2 days",
            "Ana Rivera signs it",
        ]
    ]
    assert "2 days not billable yet" in page.words
    assert page.links["Billing"] == "/billing"
    page = signed_in("coordinator").get("/billing").page
    act = "Record and sign of Process group, Tue, Mar 3"
    assert page.links[act].startswith(f"/sessions/{jordan.session_id}/sign")


def test_each_line_says_who_frees_it_and_leads_there_whoever_may(jordan, novak, signed_in):
    leader = jordan.session.leaders[0].staff
    leader.license_number = None
    program = jordan.enrollment.program
    program.needs_authorization = True
    aftercare = make.program(name="Aftercare")
    make.billable_booking(program=aftercare)
    bare = make.program(name="Day IOP", rule_set_id=make.rule_set({}, name="ASAM").id)
    make.billable_booking(program=bare)
    alone = make.billable_booking()
    alone.session.leaders = []
    make.attendance_amendment(alone, leader)

    def acts(pages):
        return [(row[2], row[4]) for row in pages.get("/billing").page.rows]

    assert acts(novak) == [
        (f"{WAITS}: Jordan Avery", "A coordinator looks at it"),
        ("No authorization Tue, Mar 3", "Authorizations of Jordan Avery"),
        (
            "No valid license No license that was valid on the day is on record",
            "Look at license of Ana Rivera",
        ),
        (
            "No valid license Nobody is on record who led it: Jordan Avery",
            "A coordinator says who led it",
        ),
        (
            "No figure for a unit Aftercare follows no rule set. Choose one under Setup, Programs.",
            "An admin adds it",
        ),
        (
            f"{NO_FIGURE} Rule set ASAM {LACKS}",
            "An admin adds it",
        ),
    ]
    links = signed_in("admin").get("/billing").page.links
    assert links["Look at it of Process group, Tue, Mar 3"] == "/amendments"
    assert links["Enter license of Ana Rivera"] == f"/staff/{leader.id}/edit"
    assert links["Choose rule set of Aftercare"] == f"/setup/programs/{aftercare.id}"
    assert links["Rule set of Day IOP"] == f"/setup/rule-sets/{bare.rule_set_id}"
    assert links["Say who led Process group, Tue, Mar 3"] == f"/sessions/{alone.session_id}"


def test_the_list_is_narrowed_down_by_reason_site_program_and_person(jordan, novak):
    jordan.signed_at = None
    there = make.program(make.site(key="east", name="East"), name="Day IOP", key="day")
    sam = make.participant(name="Sam Rowe", key="p-77")
    make.billable_booking(program=there, enrollment=make.enrollment(sam, there))

    def listed(query=""):
        return [row[1].split(" 9:00")[0] for row in novak.get(f"/billing{query}").page.rows]

    assert listed() == ["Group session", "Day IOP"]
    assert listed("?reason=unsigned") == ["Group session"]
    assert listed("?reason=under") == []
    assert "None that is held fits." in novak.text
    assert listed("?site=east") == listed("?program=day") == listed("?person=p-77") == ["Day IOP"]
    assert listed("?person=avery") == ["Group session"]
    for rubbish in ("?reason=x", "?since=x", "?site=x", "?program=x", "?page=9"):
        novak.get(f"/billing{rubbish}", status=404)
    assert listed("?since=year") == ["Group session", "Day IOP"]
    looks = [look for look in db.scalars(select(TrailLook.participant_ids)) if look]
    assert looks == [[jordan.enrollment.participant_id]] * 4  # each time that it named Jordan


def test_a_day_under_a_unit_leaves_the_list_by_one_press_and_comes_back(jordan, novak):
    jordan.left_at = make.instant("2026-03-03 10:00")
    page = novak.get("/billing").page
    assert page.rows[0][1:4] == ["Jordan Avery Evening IOP", "Under a unit Tue, Mar 3", "1 day"]
    assert db.scalars(select(TrailLook.participant_ids)).all()[-1] == [
        jordan.enrollment.participant_id
    ]
    path = f"/billing/days/{jordan.enrollment_id}"
    assert novak.submit(f"{path}/left-out").location.startswith("/billing")
    page = novak.follow().page
    assert "1 day will not be billed." in page.words
    assert "Nothing is on hold" in page.words
    assert novak.submit(f"{path}/left-out/undo").location == "/billing"
    page = novak.follow().page
    assert "Undone: 1 day to be billed." in page.words
    assert page.rows[0][1] == "Jordan Avery Evening IOP"
    for days in ("2026-03-03", "", "rubbish"):
        novak.post(f"{path}/left-out/undo", {"days": days}, status=409)
    novak.get("/billing")
    novak.submit(f"{path}/left-out")
    page = novak.get(f"{path}?week=2026-03-03").page
    assert "Not billed: Too little was attended for a unit." in page.words
    (said,) = db.scalars(select(UnbilledDay)).all()
    assert novak.submit(f"{path}/left-out/{said.id}/end").location == f"{path}?week=2026-03-03"
    page = novak.follow().page
    assert "Tue, Mar 3 is to be billed after all." in page.words
    assert "2 h short of a unit" in page.words
    verbs = db.execute(select(TrailEvent.verb, TrailEvent.facts).order_by(TrailEvent.id)).all()
    assert [verb for verb, _ in verbs[-2:]] == ["day.left_unbilled", "day.billed_after_all"]
    assert json.loads(verbs[-1].facts)["day"] == "2026-03-03"


def test_a_day_that_changes_meanwhile_is_not_left_out(jordan, novak):
    path = f"/billing/days/{jordan.enrollment_id}"
    page = novak.get(f"{path}?week=2026-03-03").page
    assert "1 unit 3 h in 1 service" in page.words
    assert "Billable" in page.words
    jordan.left_at = make.instant("2026-03-03 10:00")
    page = novak.submit(f"{path}/left-out", status=422, why="other_payer").page
    assert "A day has changed since you looked at it. Please look at it again." in page.words
    assert db.scalars(select(UnbilledDay)).all() == []
    novak.get(f"{path}?week=2026-03-03")
    assert "Choose why." in novak.submit(f"{path}/left-out", status=422).page.words


def test_a_day_is_told_while_it_runs(jordan, novak, at):
    at("2026-03-03 12:30")
    jordan.left_at = make.instant("2026-03-03 11:10")
    afternoon = make.session("2026-03-03", "13:00", "14:00", program=jordan.session.program)
    make.booking(afternoon, jordan.enrollment)
    make.booking(make.session("2026-03-04"), jordan.enrollment)
    page = novak.get(f"/billing/days/{jordan.enrollment_id}").page
    assert "2 h 10 min so far in 1 service + 1 h ahead" in page.words
    assert "50 min to a unit; the 1:00 pm Group session brings it" in page.words
    assert "50 min late, left early, or held shorter" in page.words
    assert "To come" in page.words
    assert "Do not bill this day" not in page.words


def test_a_week_without_sessions_says_so_and_one_of_a_program_without_figures_what_to_do(
    jordan, novak
):
    path = f"/billing/days/{jordan.enrollment_id}"
    assert "No sessions this week" in novak.get(f"{path}?week=2026-04-06").page.words
    jordan.enrollment.program.rule_set_id = None
    jordan.status = Status.NO_SHOW
    page = novak.get(path).page
    assert "Evening IOP follows no rule set." in page.words
    assert "Not attended" in page.words
    novak.get("/billing/days/999", status=404)


def test_as_many_statements_for_many_as_for_one(jordan, novak, queries):
    jordan.signed_at = None
    make.saved()
    with queries() as few:
        novak.get("/billing")
    for _ in range(5):
        make.billable_booking(program=jordan.session.program, signed_at=None, left="10:00")
    make.saved()
    with queries() as many:
        novak.get("/billing")
    assert few() == many() <= 13  # one notes whom it showed


def test_a_hold_list_is_emptied_act_by_act_and_what_is_amended_after_the_export_is_listed(
    jordan, novak, signed_in
):
    leader = jordan.session.leaders[0].staff
    jordan.signed_at, leader.license_number = None, None
    jordan.enrollment.program.needs_authorization = True
    admin = signed_in("admin", name="Kim Tran")
    assert whys(novak) == [
        "Not signed 1 person not signed: Jordan Avery",
        "No authorization Tue, Mar 3",
        "No valid license No license that was valid on the day is on record",
    ]
    links = admin.get("/billing").page.links
    admin.get(links[next(words for words in links if words.startswith("Sign of "))])
    admin.submit(f"/sessions/{jordan.session_id}/sign")
    assert len(whys(admin)) == 2
    path = admin.get("/billing").page.links["Enter license of Ana Rivera"]
    admin.get(path)
    admin.submit(path, license_number="SW-1")
    assert whys(novak) == ["No authorization Tue, Mar 3"]
    page = novak.get(f"/billing/days/{jordan.enrollment_id}?week=2026-03-03").page
    of_jordan = f"/enrollments/{jordan.enrollment_id}/authorizations"
    assert page.links["Authorizations of Jordan Avery for Tue, Mar 3"] == of_jordan
    make.authorization(jordan.enrollment)
    assert whys(novak) == []
    assert "Nothing is on hold" in novak.text

    path = "/billing/export?from=2026-03-02&until=2026-03-08"
    novak.get(path)
    novak.submit(path)
    amend(jordan, now=make.instant("2026-03-05 10:30"))
    page = novak.get("/billing/corrections").page
    assert "1 unit" in page.words


def whys(pages):
    return [row[2] for row in pages.get("/billing").page.rows]
