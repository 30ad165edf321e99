import json
from datetime import date

import pytest
from sqlalchemy import delete, select

from clinic.billable.rules import Hold
from clinic.billing import views
from clinic.billing.models import UnbilledDay
from clinic.billing.rules import HOLDS
from clinic.db import db
from clinic.programs.models import Measure
from clinic.schedule.models import Method, Status
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
    assert links["Look at it of Process group, Tue, Mar 3"] == "/amendments?decision=waiting"
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
    assert page.rows[0][:3] == ["Jordan Avery", "Tue, Mar 3", "1 day"]
    assert "Evening IOP 1 day of 1 person, since Tue, Mar 3" in page.words
    assert db.scalars(select(TrailLook.participant_ids)).all()[-1] == [
        jordan.enrollment.participant_id
    ]
    path = f"/billing/days/{jordan.enrollment_id}"
    assert novak.submit(f"{path}/left-out").location.startswith("/billing")
    page = novak.follow().page
    assert "1 day will not be billed." in page.words
    assert "Nothing is on hold" in page.words
    assert novak.submit("/billing/left-out/undo").location == "/billing"
    page = novak.follow().page
    assert "Undone: 1 day not left out any more." in page.words
    assert page.rows[0][0] == "Jordan Avery"
    for said_at in ("2026-03-05T10:00:00+00:00", "", "rubbish"):
        novak.post("/billing/left-out/undo", {"said_at": said_at}, status=409)
    novak.get("/billing")
    novak.submit(f"{path}/left-out")
    page = novak.get(f"{path}?week=2026-03-03").page
    assert "Not billed: Too little was attended for a unit." in page.words
    (said,) = db.scalars(select(UnbilledDay)).all()
    assert novak.submit(f"{path}/left-out/{said.id}/end").location == f"{path}?week=2026-03-03"
    page = novak.follow().page
    assert "Tue, Mar 3 is not left out any more." in page.words
    assert "2 h short of a unit" in page.words
    verbs = db.execute(select(TrailEvent.verb, TrailEvent.facts).order_by(TrailEvent.id)).all()
    assert [verb for verb, _ in verbs[-2:]] == ["day.left_unbilled", "day.billed_after_all"]
    assert json.loads(verbs[-1].facts)["day"] == "2026-03-03"


def test_days_signed_without_a_license_are_freed_by_no_renewal_and_can_be_left_out(jordan, novak):
    lead = jordan.session.leaders[0].staff
    make.sign_off(jordan.session, lead, license_expires_on=date(2026, 3, 2))
    ((_, who, why_it_waits, number, act),) = novak.get("/billing").page.rows
    assert (who, number) == (f"{lead.name} led 1 day of 1 person", "1 day")
    assert why_it_waits.endswith(
        "It had run out when the sheets were signed: a renewal does not change that"
    )
    assert act == f"Do not bill 1 day that {lead.name} led"
    chosen = {"days": f"{jordan.enrollment_id} 2026-03-03 1 180", "why": "no_license"}
    page = novak.post("/billing", chosen, status=200).page
    assert "1 day will not be billed: no valid license on that day" in page.words
    novak.submit("/billing", step="save")
    assert novak.follow().page.rows == []
    jordan.session.leaders[0].staff.license_expires_on = None  # nothing is on record now, either
    db.execute(delete(UnbilledDay))
    ((*_, act),) = novak.get("/billing").page.rows
    assert act == f"Look at license of {lead.name}"


def test_of_days_of_a_leader_those_signed_without_a_license_are_told(jordan, novak):
    lead = jordan.session.leaders[0].staff
    lead.license_expires_on = date(2026, 3, 3)
    make.sign_off(jordan.session, lead, license_expires_on=date(2026, 3, 2))
    later = make.session(
        "2026-03-04", "09:00", "12:00", program=jordan.session.program, leaders=[lead]
    )
    make.booking(later, jordan.enrollment, Status.PRESENT, signed_at=later.ends_at)
    ((_, _, why_it_waits, _, act),) = novak.get("/billing").page.rows
    assert why_it_waits.endswith("on record; for 1 day it had run out when the sheets were signed")
    assert act == f"Look at license of {lead.name}"


@pytest.fixture
def under(jordan):
    """Two people who left early on the same day: Jordan after an hour, Sam after half of that."""
    jordan.left_at = make.instant("2026-03-03 10:00")
    other = make.enrollment(make.participant(name="Sam Rowe"), jordan.enrollment.program)
    sam = make.billable_booking(enrollment=other, left="09:30")
    return [
        f"{each.enrollment_id} 2026-03-03 0 {minutes}"
        for each, minutes in ((jordan, 60), (sam, 30))
    ]


def ticked(page):
    return [
        box.get("aria-label")
        for box in page.all("input", type="checkbox")
        if "checked" in box.attributes
    ]


def why(page):
    """What is chosen for all: the last one, after those that stand beside each person."""
    *_, chosen = page.value("why")
    return chosen


def test_days_of_several_people_are_left_out_in_one_go_and_come_back(under, novak):
    page = novak.get("/billing?reason=under").page
    all_of_them, *each_of_them = [
        box.get("value") for box in page.all("input", name="days", form="not-billed")
    ]
    assert (all_of_them, each_of_them) == (",".join(under), under)
    path, chosen = "/billing?reason=under", {"days": all_of_them, "why": "other_payer"}
    page = novak.post(path, chosen, status=200).page
    assert "2 days of 2 people will not be billed: another payer" in page.words
    assert "Jordan Avery, Evening IOP Tue, Mar 3: 1 h" in page.words
    assert "Nothing is saved yet" in page.words
    assert db.scalars(select(UnbilledDay)).all() == []
    assert novak.submit(path, step="save").location == path
    page = novak.follow().page
    assert "2 days of 2 people will not be billed." in page.words
    assert page.rows == []
    assert [row.why for row in db.scalars(select(UnbilledDay))] == ["other_payer"] * 2
    assert novak.submit("/billing/left-out/undo").location == path
    page = novak.follow().page
    assert "Undone: 2 days not left out any more." in page.words
    assert [row[0] for row in page.rows] == ["Jordan Avery", "Sam Rowe"]


@pytest.mark.parametrize(
    ("without", "sentence"),
    [("days", "Choose the days that are not to be billed."), ("why", "Choose why.")],
)
def test_what_is_not_chosen_is_said_and_what_is_chosen_stays(under, novak, without, sentence):
    chosen = {"days": under[1], "why": "other"}
    del chosen[without]
    page = novak.post("/billing", chosen, status=422).page
    assert sentence in page.words
    assert why(page) == chosen.get("why", "")
    assert ticked(page) == (["1 day of Sam Rowe"] if "days" in chosen else [])


def test_what_is_chosen_of_a_session_ticks_no_line_of_whoever_has_its_number(under, jordan, novak):
    program = jordan.enrollment.program
    late = make.billable_booking("2026-03-04", enrollment=jordan.enrollment, left="10:00")
    late.signed_at = None
    lee = make.enrollment(make.participant(name="Lee Ray"), program)
    make.billable_booking(enrollment=lee, left="10:00")
    assert late.session_id == lee.id
    chosen = {"days": f"{jordan.enrollment_id} 2026-03-04 0 60"}
    page = novak.post("/billing", chosen, status=422).page
    assert "1 day of Lee Ray" in [box.get("aria-label") for box in page.all("input")]
    assert ticked(page) == []


def test_what_was_chosen_is_there_on_the_way_back(under, novak):
    novak.post("/billing", {"days": under[1], "why": "other"}, status=200)
    page = novak.submit("/billing", step="back", status=200).page
    assert (ticked(page), why(page)) == (["1 day of Sam Rowe"], "other")


def test_of_days_of_which_one_changed_meanwhile_none_is_left_out(under, jordan, novak):
    novak.post("/billing", {"days": under, "why": "other"}, status=200)
    jordan.left_at = make.instant("2026-03-03 10:10")
    page = novak.submit("/billing", step="save", status=422).page
    assert "Tue, Mar 3 of Jordan Avery has changed since you looked at it" in page.words
    assert (ticked(page), why(page)) == (["1 day of Sam Rowe"], "other")
    assert db.scalars(select(UnbilledDay)).all() == []


def test_of_two_who_leave_out_the_same_day_the_second_is_told_and_goes_on_with_the_rest(
    under, novak, signed_in
):
    other = signed_in("billing")
    for pages, days in ((novak, under), (other, under[0])):
        pages.post("/billing", {"days": days, "why": "other"}, status=200)
    other.submit("/billing", step="save")
    page = novak.submit("/billing", step="save", status=422).page
    assert "Tue, Mar 3 of Jordan Avery is not to be billed already" in page.words
    assert (ticked(page), why(page)) == (["1 day of Sam Rowe"], "other")
    novak.post("/billing", {"days": under[1], "why": "other"}, status=200)
    novak.submit("/billing", step="save")
    assert len(db.scalars(select(UnbilledDay)).all()) == 2


def test_a_long_list_is_paged_with_what_is_chosen(under, novak, monkeypatch):
    monkeypatch.setattr(views, "MOST_LINES", 1)
    monkeypatch.setattr(views, "FEW_LINES", 0)
    page = novak.get("/billing?page=2").page
    assert "Evening IOP 2 days of 2 people, since Tue, Mar 3 · 1 day on this page" in page.words
    assert [row[0] for row in page.rows] == ["Sam Rowe"]
    assert "open" not in page.all("details", class_="card")[0].attributes
    page = novak.post("/billing?page=2", {"days": under[1]}, status=422).page
    assert ticked(page) == ["1 day of Sam Rowe"]
    assert "open" in page.all("details", class_="card")[0].attributes
    page = novak.post("/billing?page=9", {"days": under[1]}, status=422).page
    assert "Page 2 of 2" in page.words


def test_a_day_that_changes_meanwhile_is_not_left_out(jordan, novak):
    path = f"/billing/days/{jordan.enrollment_id}"
    page = novak.get(f"{path}?week=2026-03-03").page
    assert "1 unit 3 h in 1 service" in page.words
    assert "Billable" in page.words
    jordan.left_at = make.instant("2026-03-03 10:00")
    page = novak.submit(f"{path}/left-out", status=422, why="other_payer").page
    assert "Tue, Mar 3 of Jordan Avery has changed since you looked at it" in page.words
    assert db.scalars(select(UnbilledDay)).all() == []
    novak.get(f"{path}?week=2026-03-03")
    assert "Choose why." in novak.submit(f"{path}/left-out", status=422).page.words


def test_a_day_is_told_while_it_runs(jordan, novak, at):
    jordan.left_at = make.instant("2026-03-03 11:10")
    lead = jordan.session.leaders[0].staff
    afternoon = make.session(
        "2026-03-03", "13:00", "14:00", program=jordan.session.program, leaders=[lead]
    )
    there = {"method": Method.STAFF, "recorded_at": make.instant("2026-03-03 13:00")}
    later = make.booking(afternoon, jordan.enrollment)
    make.booking(make.session("2026-03-04"), jordan.enrollment)
    path = f"/billing/days/{jordan.enrollment_id}"
    at("2026-03-03 12:30")
    page = novak.get(path).page
    assert "no unit so far 2 h 10 min in 1 service + 1 h ahead Not over yet" in page.words
    assert "50 min to a unit; the 1:00 pm Group session brings it" in page.words
    assert "50 min late, left early, or held shorter" in page.words
    assert "Do not bill this day" not in page.words
    at("2026-03-03 13:05")
    assert "Under way, not recorded yet" in novak.get(path).page.words
    for name, fact in (there | {"status": Status.PRESENT}).items():
        setattr(later, name, fact)
    at("2026-03-03 13:58")
    page = novak.get(path).page
    running = "no unit so far 2 h 10 min in 1 service + 58 min counting now + 2 min ahead"
    assert running in page.words
    assert "Counting now" in page.words
    later.arrived_at = make.instant("2026-03-03 13:20")
    page = novak.get(path).page
    assert "+ 38 min counting now + 2 min ahead" in page.words
    assert "50 min to a unit; what is booked does not bring it" in page.words
    later.left_at = make.instant("2026-03-03 13:50")
    page = novak.get(path).page
    assert "in 1 service + 30 min when it ends Not over yet" in page.words
    assert "Left; counts when it ends" in page.words
    later.arrived_at, afternoon.grace_minutes = None, 5
    later.left_at = make.instant("2026-03-03 13:56")
    page = novak.get(path).page
    assert "in 1 service + 1 h when it ends Not over yet" in page.words
    later.arrived_at = later.left_at = None
    at("2026-03-03 14:00")
    page = novak.get(path).page
    assert "1 unit so far 3 h 10 min in 2 services" in page.words
    assert "Not signed" in page.words
    later.signed_at = make.instant("2026-03-03 14:00")
    page = novak.get(path).page
    assert "Not over yet" in page.words  # nothing is billable before the day is over
    assert "Billable" not in [badge.text for badge in page.all("span", class_="badge")]


def test_the_week_that_runs_keeps_up_by_itself_and_no_other_one(jordan, novak):
    path = f"/billing/days/{jordan.enrollment_id}"
    page = novak.get(path).page
    assert [each.get("id") for each in page.all("div") if each.get("data-poll")] == ["billable"]
    assert "As of 10:00 am." in page.words
    before = novak.get(f"{path}?week=2026-02-23").page
    refused = novak.post(f"{path}/left-out", {"why": "under"}, status=422).page
    for other in (before, refused):
        assert not [each for each in other.all("div") if each.get("data-poll")]


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
    """Of days held by sheets and licenses, with authorizations, in a clinic of several sites."""
    make.site()
    leader = jordan.session.leaders[0].staff
    jordan.signed_at, leader.license_number = None, None
    make.authorization(jordan.enrollment)
    make.saved()
    week = f"/billing/days/{jordan.enrollment_id}?week=2026-03-02"
    numbers = set()
    for day in ("2026-03-04", "2026-03-05"):
        with queries() as count:
            novak.get("/billing")
        with queries() as of_days:
            novak.get(week)
        numbers.add((count(), of_days()))
        session = make.session(day, "08:00", "09:00", program=jordan.session.program)
        make.booking(session, jordan.enrollment, Status.PRESENT)
        make.unbilled_day(jordan.enrollment, day, novak.person)
        for _ in range(5):
            more = make.billable_booking(day, program=jordan.session.program, signed_at=None)
            make.authorization(more.enrollment)
        make.saved()
    ((holds, of_days),) = numbers  # one each notes whom it showed
    assert holds <= 13
    assert of_days <= 12


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
