import csv
import io
import json
from datetime import timedelta

import pytest
from sqlalchemy import select

from clinic.billing.rules import CLAIMED
from clinic.claims import actions, rules
from clinic.db import db
from clinic.receipts.models import Receipt, ReceiptSettlement
from clinic.schedule.models import Status
from clinic.trail import TrailEvent
from tests import make
from tests.claims.worlds import LATER, amend, attended, exported, paid, set_to
from tests.workbooks import cells_of

EXPORT = "/billing/export?from=2026-03-02&until=2026-03-08"


@pytest.fixture
def billing(signed_in, at):
    at("2026-03-12 10:00")
    return signed_in("billing", name="Noor Haddad")


def test_days_are_looked_over_exported_and_taken_as_a_file(billing):
    program = paid(name="Evening IOP", key="iop")
    jordan = make.participant(name="Jordan Avery", key="p-7")
    enrollment = make.enrollment(jordan, program, key="e-7")
    attended(program, enrollment)
    attended(program, signed_at=None)
    attended(program, end="10:00")
    page = billing.get(EXPORT).page
    assert "To export 1 day of 1 person" in page.words
    assert "On hold, left out 1 Hold list + 1 under a unit" in page.words
    assert "Jordan Avery p-7 · Evening IOP Tue, Mar 3 3 h Units: 1" in page.words
    billing.submit(EXPORT)
    page = billing.follow().page
    assert "1 day exported" in page.words
    assert "1 receipt, 1 unit · exported today, 10:00 am by Noor Haddad" in page.words
    assert rules.NOTICE in page.words
    where = f"{billing_path()}/file"
    answer = billing.post(where, {"as": "csv"}, status=200)
    assert answer.headers["Content-Disposition"] == 'attachment; filename="batch-1.csv"'
    header, line = csv.reader(io.StringIO(answer.text))
    assert tuple(header) == rules.COLUMNS
    assert line[:5] == ["1", "2026-03-03", "p-7", "e-7", "iop"]
    assert line[8:12] == ["1", "1", "180", "1"]
    assert line[13] == rules.NOTICE
    cells = cells_of(billing.post(where, {"as": "xlsx"}, status=200).data)
    assert cells[0] == header
    assert cells[1][8:12] == line[8:12]
    billing.post(where, {"as": "pdf"}, status=404)


def billing_path():
    return "/billing/batches/1"


def test_the_file_is_the_same_whatever_becomes_of_the_day(billing):
    program = paid()
    booking = attended(program, make.enrollment(make.participant(name="=1+1", key="p-1"), program))
    make.authorization(booking.enrollment, payer="=cmd()", number="@A1")
    exported()
    first = billing.post("/billing/batches/1/file", {"as": "csv"}, status=200).text
    assert ",'=cmd(),'@A1," in first
    amend(booking)
    booking.enrollment.participant.key = "p-2"
    program.is_part2 = False
    assert billing.post("/billing/batches/1/file", {"as": "csv"}, status=200).text == first
    verb = TrailEvent.verb == "billing.disclosed"
    facts = [json.loads(each) for each in db.scalars(select(TrailEvent.facts).where(verb))]
    assert [each["part2"] for each in facts] == [1, 1]


def test_what_changed_between_looking_and_exporting_is_looked_at_again(billing):
    program = paid()
    attended(program)
    billing.get(EXPORT)
    attended(program)
    page = billing.submit(EXPORT, status=422).page
    assert rules.MEANWHILE in page.words
    assert "To export 2 days of 2 people" in page.words
    billing.submit(EXPORT)
    page = billing.get(EXPORT).page
    assert "Nothing to export in these days" in page.words
    assert "Exported before 2" in page.words
    billing.post(EXPORT, {"seen": "x"}, status=422)
    assert rules.NOTHING in billing.answer.page.words


def test_days_are_chosen_in_the_address(billing):
    program = paid(name="Evening IOP", key="iop")
    attended(program)
    site = program.site.key
    assert "To export 1 day" in billing.get(f"{EXPORT}&site={site}&program=iop").page.words
    billing.get(f"{EXPORT}&site=nowhere", status=404)
    too_long = billing.get("/billing/export?from=2026-01-01&until=2026-06-01", status=422).page
    assert "Export 92 days at most: these are 152 days." in too_long.words
    assert "To export 1 day" in billing.get("/billing/export").page.words  # of last week
    later = billing.get("/billing/export?from=2026-03-09").page
    (periods,) = later.all("nav", aria_label="Days")
    assert [a.text for a in periods.all("a")] == [
        "Last week",
        "Last two weeks",
        "Last month",
    ]  # all over
    assert "Nothing to export in these days" in later.words
    turned = "/billing/export?from=2026-03-08&until=2026-03-02"
    page = billing.get(turned, status=422).page
    assert "The last day is before the first. " in page.words
    assert (page.value("from"), page.value("until")) == ("2026-03-08", "2026-03-02")
    assert "To export" not in page.words
    billing.post(turned, {"seen": "x"}, status=422)
    typed = billing.get("/billing/export?from=soon", status=422).page
    assert "This is not a date." in typed.words
    assert typed.value("from") == "soon"


def test_units_in_two_programs_on_one_day_are_said_before_both_are_exported(billing):
    booking = attended(paid(name="Day IOP"), end="12:00")
    evening = paid(name="Evening IOP", key="evening", site=booking.session.program.site)
    other = make.enrollment(booking.enrollment.participant, evening)
    attended(evening, other, start="17:00", end="20:00")
    said = f"{booking.enrollment.participant.name}, Tue, Mar 3: Day IOP and Evening IOP"
    assert said in billing.get(EXPORT).page.words
    assert said in billing.get(f"{EXPORT}&program=evening").page.words
    (key,) = [f"{other.id} 2026-03-03 1 180"]
    leave_out = f"/billing/days/{other.id}/left-out"
    billing.post(leave_out, {"days": [key], "why": "other_payer"})
    page = billing.get(EXPORT).page
    assert said not in page.words
    assert "To export 1 day" in page.words


def test_a_claim_corrected_to_no_unit_is_not_said_to_be_one_of_two(billing):
    booking = attended(paid(name="Day IOP"))
    exported()
    amend(booking, Status.PRESENT, arrived_at=make.instant("2026-03-03 10:00"))
    evening = paid(name="Evening IOP", key="evening", site=booking.session.program.site)
    other = make.enrollment(booking.enrollment.participant, evening)
    attended(evening, other, start="17:00", end="20:00")
    said = f"{booking.enrollment.participant.name}, Tue, Mar 3: Day IOP and Evening IOP"
    assert said in billing.get(EXPORT).page.words  # claimed as a unit still
    billing.get("/billing/corrections")
    billing.submit("/billing/corrections", claims=["1.0.0.120"])
    page = billing.get(EXPORT).page
    assert said not in page.words
    assert "To export 1 day" in page.words


def test_a_clinic_without_a_site_is_told_so(billing):
    assert "Nothing is set up yet" in billing.get("/billing/export").page.words


def test_as_many_statements_for_many_days_as_for_one(billing, queries):
    """In a clinic of several sites, with authorizations."""
    make.site()
    program, numbers = paid(), set()
    for _ in range(2):
        for _ in range(3):
            make.authorization(attended(program).enrollment)
        make.saved()
        with queries() as count:
            billing.get(EXPORT)
        numbers.add(count())
    assert len(numbers) == 1
    assert max(numbers) <= 12  # one notes whom it showed


def test_exports_are_listed(billing):
    assert "Nothing was exported yet" in billing.get("/billing/batches").page.words
    attended(paid())
    exported()
    assert "Export 1 Mar 2, 2026 – Mar 8, 2026" in billing.get("/billing/batches").page.words


def test_a_claim_that_differs_is_settled_on_its_page(billing):
    program = paid()
    jordan = make.participant(name="Jordan Avery", preferred_name="Jo")
    booking = attended(program, make.enrollment(jordan, program))
    exported()
    assert "Nothing to correct" in billing.get("/billing/corrections").page.words
    amend(booking)
    page = billing.get("/billing/corrections").page
    assert "Claimed 1 unit, now 0: correct the claim." in page.words
    page = billing.get(f"/billing/days/{booking.enrollment_id}?week=2026-03-03").page
    assert "Changed since it was claimed Claimed: 1 unit, 3 h." in page.words
    assert page.links["Settle the claim of Tue, Mar 3"] == "/billing/corrections/1"
    page = billing.get("/billing/corrections/1").page
    assert "Claim of Jordan Avery, Mar 3, 2026" in page.words
    assert "1 unit, 3 h receipt 1, export 1" in page.words
    assert "optional" not in page.words
    assert "Marked by mistake" in page.words
    billing.submit("/billing/corrections/1", how="corrected", corrected_on="2026-03-13", status=422)
    assert rules.AHEAD in billing.answer.page.words
    billing.submit("/billing/corrections/1", how="corrected", corrected_on="2026-03-12")
    sentence = "The claim of Jordan Avery, Tue, Mar 3, is settled. Undo"
    assert sentence in billing.follow().page.words
    page = billing.get("/billing/corrections/1").page
    assert "Corrected with the payer on Mar 12, 2026: no unit" in page.words
    assert "This claim is settled: nothing is to be done about it" in page.words


def test_a_claim_that_was_settled_by_mistake_is_open_again(billing):
    booking = attended(paid())
    exported()
    amend(booking)
    billing.get("/billing/corrections/1")
    facts = {"how": "corrected", "corrected_on": "2026-03-12"}
    billing.submit("/billing/corrections/1", **facts)
    undo = "/billing/settlements/1/take-back"
    billing.follow()
    billing.submit(undo)
    assert billing.answer.location == "/billing/corrections"
    page = billing.follow().page
    assert "Taken back: the claim stands as it did before it was settled." in page.words
    assert "Claimed 1 unit, now 0: correct the claim." in page.words
    page = billing.get("/billing/corrections/1").page
    assert "Corrected with the payer on Mar 12, 2026: no unit" in page.words
    assert "Corrected with the payer on Mar 12, 2026: no unit" in page.words.split("Taken back")[0]
    assert page.words.count("Taken back") == 1
    assert "Take it back" not in page.words
    billing.post(undo, status=409)  # of two who have it before them
    assert rules.TAKEN_BACK in billing.answer.page.words
    billing.get("/billing/corrections/1")
    billing.submit("/billing/corrections/1", how="left", words="Small")
    assert "Take it back" in billing.get("/billing/corrections/1").page.words
    billing.post("/billing/settlements/3/take-back")
    assert billing.answer.location == "/billing/corrections/1"
    assert billing.follow().page.words.count("Taken back today") == 2
    billing.post("/billing/settlements/9/take-back", status=404)


def test_an_auditor_reads_a_claim_and_what_was_done_about_it(billing, signed_in):
    booking = attended(paid())
    exported()
    amend(booking)
    auditor = signed_in("auditor")
    page = auditor.get(f"/billing/days/{booking.enrollment_id}?week=2026-03-03").page
    assert page.links["The claim of Tue, Mar 3"] == "/billing/corrections/1"
    page = auditor.get("/billing/corrections/1").page
    assert "Claimed 1 unit, now 0: correct the claim." in page.words
    assert "Settle" not in page.words
    billing.get("/billing/corrections/1")
    billing.submit("/billing/corrections/1", how="left", words="Too small")
    page = auditor.get("/billing/corrections/1").page
    assert "Left as it is, though the day came to no unit. “Too small”" in page.words
    assert "Take it back" not in page.words
    assert page.links["Exports so far"] == "/billing/batches"


def test_a_day_that_changed_once_more_is_looked_at_again_before_it_is_settled(billing):
    program = paid()
    booking = attended(program)
    exported()
    amend(booking)
    billing.get("/billing/corrections/1")
    arrived = make.instant("2026-03-03 10:00")
    at = LATER + timedelta(minutes=1)
    amend(booking, Status.PRESENT, arrived_at=arrived, now=at)
    billing.submit("/billing/corrections/1", how="left", words="Small", status=422)
    assert rules.CHANGED in billing.answer.page.words
    billing.submit("/billing/corrections/1", how="left", words="Small")  # what is shown now
    assert db.scalars(select(ReceiptSettlement)).one().minutes == 120


def test_claims_are_corrected_by_another_export(billing):
    booking = attended(paid())
    exported()
    amend(booking)
    billing.get("/billing/corrections")
    billing.submit("/billing/corrections", claims=[], status=422)
    assert rules.NONE_CHOSEN in billing.answer.page.words
    billing.submit("/billing/corrections", claims=["1.0.0.0"])
    assert "1 day exported" in billing.follow().page.words
    page = billing.answer.page
    name = booking.enrollment.participant.name
    assert f"2 the claim of {name}, Tue, Mar 3, corrects 1" in page.words
    assert page.links[f"2 the claim of {name}, Tue, Mar 3"] == "/billing/corrections/2"
    page = billing.get("/billing/corrections/2").page
    assert "1 unit, 3 h receipt 1, export 1" in page.words
    assert "No unit receipt 2, correction 2" in page.words
    page = billing.get(f"/billing/days/{booking.enrollment_id}?week=2026-03-03").page
    assert "Receipt 2 of correction 2" in page.words
    assert "Nothing to correct" in billing.get("/billing/corrections").page.words
    text = billing.post("/billing/batches/2/file", {"as": "csv"}, status=200).text
    (line,) = csv.DictReader(io.StringIO(text))
    assert (line["units"], line["corrects"]) == ("0", "1")
    billing.post("/billing/corrections", {"claims": ["1.0.0.0"]}, status=422)
    assert len(db.scalars(select(Receipt)).all()) == 2


def test_of_two_who_correct_a_claim_at_once_one_is_told(billing, monkeypatch):
    booking = attended(paid())
    exported()
    amend(booking)
    billing.get("/billing/corrections")
    export = actions.export_corrections

    def after_somebody_else(chosen, **acting):
        export(chosen, **acting)
        return export(chosen, **acting)

    monkeypatch.setattr(actions, "export_corrections", after_somebody_else)
    billing.submit("/billing/corrections", claims=["1.0.0.0"], status=422)
    assert rules.SAME in billing.answer.page.words


def test_today_leads_to_claims_that_were_amended(billing, signed_in):
    booking = attended(paid())
    exported()
    amend(booking)
    page = signed_in("coordinator").get("/today").page
    assert "1 claim has changed since its export Attendance of Tue, Mar 3" in page.words
    assert "/billing/corrections" in page.links.values()


def test_a_claimed_day_is_off_the_hold_list_and_says_so_where_its_worth_stands(billing):
    booking = attended(paid())
    exported()
    day = f"/billing/days/{booking.enrollment_id}?week=2026-03-03"
    page = billing.get(day).page
    assert "3 h in 1 service Claimed" in page.words
    assert "Claimed: 1 unit, 3 h. Receipt 1 of export 1" in page.words
    assert "Do not bill" not in page.words
    leave_out = f"/billing/days/{booking.enrollment_id}/left-out"
    billing.post(
        leave_out,
        {"days": [f"{booking.enrollment_id} 2026-03-03 1 180"], "why": "other"},
        status=422,
    )
    assert CLAIMED in billing.answer.page.words
    amend(booking)
    page = billing.get("/billing").page
    assert "1 claim has changed since its export: Corrections" in page.words
    assert "0 days not billable yet" in page.words


def test_what_was_said_of_a_claim_stands_before_the_correction_that_followed(billing, at):
    booking = attended(paid())
    exported()
    amend(booking)
    billing.get("/billing/corrections/1")
    billing.submit("/billing/corrections/1", how="left", words="Too small")
    billing.get("/billing/corrections/1")
    billing.submit("/billing/settlements/1/take-back")
    at("2026-03-12 10:05")
    billing.get("/billing/corrections")
    billing.submit("/billing/corrections", claims=["1.0.0.0"])
    words = billing.get("/billing/corrections/2").page.words
    steps = ["export 1", "Left as it is", "Taken back", "correction 2"]
    assert sorted(steps, key=words.index) == steps


def test_a_claim_that_other_figures_changed_is_told_wherever_claims_are(billing, signed_in):
    program = paid()
    booking = attended(program)
    exported()
    day = f"/billing/days/{booking.enrollment_id}?week=2026-03-03"
    coordinator = signed_in("coordinator")
    for minutes, number in ((240, 1), (180, 0), (240, 1)):
        set_to(program, minutes)
        told = "1 claim has changed since its export"
        assert (f"{told}: Corrections" in billing.get("/billing").page.words) == number
        assert (
            billing.get("/billing/corrections").page.words.count("Claimed 1 unit, now 0") == number
        )
        page = billing.get(day).page
        assert ("Changed since it was claimed" in page.words) == number
        assert ("Settle the claim of Tue, Mar 3" in page.links) == number
        assert (told in coordinator.get("/today").page.words) == number
    billing.get("/billing/corrections/1")
    billing.submit("/billing/corrections/1", how="left", words="Too small")
    assert "since its export" not in billing.get("/billing").page.words


@pytest.mark.parametrize("status", [Status.PRESENT, Status.NO_SHOW])
@pytest.mark.parametrize("at_once", [False, True])
def test_a_claim_whose_day_has_something_signed_since_is_told_wherever_claims_are(
    billing, signed_in, status, at_once
):
    """A session that was held on a day that has been claimed is often planned and signed later."""
    program = paid()
    booking = attended(program)
    exported()
    late = attended(
        program, booking.enrollment, start="13:00", end="14:00", status=status, signed_at=None
    )
    attended(program, start="15:00", end="16:00", signed_at=None)  # of a day that is not claimed
    leader = signed_in(late.session.leaders[0].staff)
    told = "1 claim has changed since its export"
    assert told not in billing.get("/billing").page.words
    path = "/sheets" if at_once else f"/sessions/{late.session_id}/sign"
    page = leader.get(path).page
    if at_once:
        leader.submit(path, sheets=[box.get("value") for box in page.all("input", name="sheets")])
    else:
        leader.submit(path)
    differs = status is Status.PRESENT
    assert (f"{told}: Corrections" in billing.get("/billing").page.words) == differs
    assert (told in signed_in("coordinator").get("/today").page.words) == differs
    words = billing.get("/billing/corrections").page.words
    assert ("Claimed 3 h, now 4 h; the unit stays." in words) == differs
    billing.get("/billing/corrections/1")
    if differs:
        billing.submit("/billing/corrections/1", how="left", words="Sent with the next")
        assert told not in billing.get("/billing").page.words


def test_the_hold_list_counts_the_claims_to_be_corrected_of_whatever_time(app, at, signed_in):
    booking = attended(paid())
    exported()
    amend(booking)
    at("2026-09-01 10:00")  # long before what is listed of days on hold
    page = signed_in("billing").get("/billing").page
    assert "1 claim has changed since its export: Corrections" in page.words


def test_a_claim_is_told_on_one_clock_that_of_its_site(billing):
    make.site(timezone="America/New_York")  # where whoever reads it is
    booking = attended(paid(site=make.site(timezone="America/Chicago")))
    exported(now=make.instant("2026-03-10 10:00"))
    amend(booking, now=make.instant("2026-03-11 09:30"))
    page = billing.get("/billing/corrections/1").page
    assert "Chicago time" in page.words
    assert "receipt 1, export 1, Tue, Mar 10, 9:00 am" in page.words
    assert "Wed, Mar 11, 8:30 am" in page.words
