import pytest
from sqlalchemy import select

from clinic.db import db
from clinic.programs.actions import figures_of, provide_rule_sets
from clinic.programs.models import Kind, Measure, Population, RuleSet
from clinic.programs.queries import get_program_whole, get_rule_set, programs, rule_sets
from clinic.programs.rules import Figure
from clinic.trail import SYSTEM
from tests import make
from tests.claims.worlds import attended, exported, paid


@pytest.fixture
def admin(at, signed_in):
    at("2026-03-02 10:00")
    return signed_in("admin")


def test_without_a_site_there_is_no_program(admin):
    assert admin.get("/setup/programs").page.heading == "Programs"
    assert admin.get("/setup/programs/new", status=302).location == "/setup/sites/new"


def test_a_program_is_set_up(admin):
    make.site()
    old = make.site(name="Old place", is_active=False)
    rules = make.rule_set({Measure.WEEK_MINUTES_MIN: 540}, name="Ohio", citation="OAC 1")
    make.rule_set(name="No longer", is_active=False)
    page = admin.get("/setup/programs/new").page
    assert old.name not in page.words
    assert "No longer" not in page.words
    typed = {"name": "Evening IOP", "min_hours": "8", "max_hours": "7", "rule_set": f"{rules.id}"}
    admin.submit("/setup/programs/new", status=422, **typed)
    assert "This is less than the least hours." in admin.answer.page.words
    mix = {"mix_individual_sessions": "1", "mix_individual_minutes": "50"}
    admin.submit("/setup/programs/new", max_hours="12", **mix)
    (program,) = programs()
    assert (program.name, program.min_minutes, program.is_part2) == ("Evening IOP", 480, True)
    assert [item.kind for item in get_program_whole(program.id).mix] == [Kind.INDIVIDUAL]
    assert (
        "8 h prescribed a week is less than the 9 h asked for by Ohio (OAC 1)."
        in admin.follow().page.words
    )
    admin.get("/setup/programs/new")
    admin.submit(
        "/setup/programs/new", name="Evening IOP", min_hours="9", max_hours="12", status=422
    )
    assert "There is a program of this name already." in admin.answer.page.words


def test_programs_are_listed(admin, queries):
    make.program(name="Evening IOP")
    make.program(name="Old IOP", is_active=False)
    rows = [row.text for row in admin.get("/setup/programs").page.all("tr")[1:]]
    assert rows == [
        "Evening IOP Level 2.1, intensive outpatient (IOP) Adults Site 1 9–12 h Offered",
        "Old IOP Level 2.1, intensive outpatient (IOP) Adults Site 1 9–12 h Retired",
    ]
    make.program(name="Youth IOP", min_minutes=360, population="adolescent")
    for by, first in (
        ("-name", "Youth"),
        ("hours", "Youth"),
        ("for", "Evening"),
        ("-for", "Youth"),
    ):
        assert admin.get(f"/setup/programs?sort={by}").page.rows[0][0].startswith(first)
    for by, last in (("level", "Youth"), ("site", "Youth"), ("offered", "Old")):
        assert admin.get(f"/setup/programs?sort={by}").page.rows[-1][0].startswith(last)
    with queries() as few:
        admin.get("/setup/programs")
    for number in range(5):
        make.program(name=f"Program {number}")
    with queries() as many:
        admin.get("/setup/programs")
    assert few() == many() <= 12


def test_a_program_changes_and_says_for_how_many_sessions(admin):
    program = make.program(name="IOP")
    session = make.session("2026-03-09", break_minutes=15)
    path = f"/setup/programs/{program.id}"
    admin.get(path)
    admin.submit(path, breaks_count="y")
    assert "Saved. 1 coming session will be counted again." in admin.follow().page.words
    assert session.credit_minutes == 60
    admin.submit(path, weeks="8")
    assert "Saved." in admin.follow().page.words
    assert program.weeks == 8
    make.program(name="PHP")
    admin.submit(path, name="PHP", status=422)
    assert "There is a program of this name already." in admin.answer.page.words
    admin.submit(path, name="", status=422)
    assert "Enter a name." in admin.answer.page.words
    assert program.name == "IOP"


def test_what_a_program_has_stays_among_its_choices(admin):
    site = make.site(name="Old place")
    make.site()
    program = make.program(site, rule_set=make.rule_set(name="Old rules", is_active=False))
    site.is_active = False
    words = admin.get(f"/setup/programs/{program.id}").page.words
    assert "Old place" in words
    assert "Old rules" in words


def test_a_program_is_taken_out_of_use_and_used_again(admin):
    program = make.program(name="IOP")
    enrollment = make.enrollment(program=program)
    path = f"/setup/programs/{program.id}"
    admin.get(path)
    admin.submit(f"{path}/deactivate", status=422)
    assert "IOP goes on: 1 person is enrolled." in admin.answer.page.words
    checked = [box.get("name") for box in admin.answer.page.all("input", checked="")]
    assert {"counts_group", "counts_family", "is_part2"} <= set(checked)
    enrollment.until_on = enrollment.from_on
    admin.submit(f"{path}/deactivate")
    assert not program.is_active
    assert "IOP is retired." in admin.follow().page.words
    admin.submit(f"{path}/reactivate")
    assert program.is_active


def test_what_is_not_there_is_not_found(admin):
    admin.get("/setup/programs/9", status=404)
    admin.post("/setup/programs/9/deactivate", status=404)
    admin.post("/setup/programs/9/reactivate", status=404)


def test_only_administrators_may(at, signed_in):
    at("2026-03-02 10:00")
    program = make.program()
    pages = signed_in("coordinator")
    for path in ("/setup/programs", "/setup/programs/new", f"/setup/programs/{program.id}"):
        pages.get(path, status=403)
    pages.post(f"/setup/programs/{program.id}/deactivate", status=403)


def test_the_first_program_leads_back_to_the_guide(admin):
    make.site()
    admin.get("/setup/programs/new")
    admin.submit("/setup/programs/new", name="Evening IOP", min_hours="9", max_hours="12")
    assert admin.follow().page.heading == "Your first day"


@pytest.fixture
def ruler(at, signed_in):
    now = at("2026-03-02 10:00")
    provide_rule_sets(by=SYSTEM, now=now)
    return signed_in("admin")


def provided(key):
    return db.scalars(select(RuleSet).where(RuleSet.key == key)).one()


def test_they_are_listed_with_citation_and_followers(ruler, queries):
    make.program(name="IOP", rule_set=provided("h0015"))
    make.rule_set(name="Ours", is_active=False)
    rows = [row.text for row in ruler.get("/setup/rule-sets").page.all("tr")[1:]]
    assert "H0015 per diem HCPCS Level II, code H0015 National IOP Provided" in rows
    assert rows[-1] == "Ours OAC 5122-29 Ohio Our own, retired"
    with queries() as few:
        ruler.get("/setup/rule-sets")
    for _ in range(5):
        make.rule_set({Measure.CASELOAD_MAX: 9})
    with queries() as many:
        ruler.get("/setup/rule-sets")
    assert few() == many() <= 12


def test_one_is_read_as_a_table(ruler):
    page = ruler.get(f"/setup/rule-sets/{provided('virginia').id}").page
    assert [row.text for row in page.all("tr")] == [
        "Figure Adults Under 18",
        "Hours a week, at least 9 h 6 h",
        "Hours a week, at most 19 h 19 h",
        "Weeks over which the hours are averaged 4 weeks 4 weeks",
        "Hours of a full day, at least 3 h 2 h",
        "Hours on a day for a billable unit, at least 3 h 2 h",
        "Billable units a day, at most 1 unit 1 unit",
    ]
    assert "12VAC30-130-5090" in page.words


def test_one_is_copied_and_the_copy_changed(ruler):
    virginia = provided("virginia")
    ruler.get(f"/setup/rule-sets/{virginia.id}")
    ruler.submit(f"/setup/rule-sets/{virginia.id}/copy")
    copy = rule_sets()[-1]
    path = f"/setup/rule-sets/{copy.id}/edit"
    assert ruler.answer.location == path
    ruler.follow()
    changed = {"name": "Ours", "figures-0-value": "9.5", "figures-2-value": ""}
    ruler.submit(path, **changed, **{"figures-9-value": "4"}, status=422)
    words = ruler.answer.page.words
    assert "Figure: Choose what the figure measures." in words
    ruler.submit(path, **{"figures-9-measure": "week_days_min"})
    assert ruler.follow().page.heading == "Ours"
    copy_id, virginia_id = copy.id, virginia.id
    db.expunge_all()  # its figures are other rows now
    copy, virginia = get_rule_set(copy_id), get_rule_set(virginia_id)
    adult, young = Population.ADULT, Population.ADOLESCENT
    assert set(figures_of(copy)) == {
        Figure(Measure.WEEK_MINUTES_MIN, 570, adult),
        Figure(Measure.WEEK_MINUTES_MIN, 360, young),
        Figure(Measure.DAY_MINUTES_MIN, 180, adult),
        Figure(Measure.DAY_MINUTES_MIN, 120, young),
        Figure(Measure.WEEK_DAYS_MIN, 4),
        Figure(Measure.UNIT_MINUTES_MIN, 180, adult),
        Figure(Measure.UNIT_MINUTES_MIN, 120, young),
        Figure(Measure.UNITS_DAY_MAX, 1),
        Figure(Measure.AVERAGE_WEEKS, 4),
    }
    assert len(virginia.rules) == 9


def test_lines_are_added_and_removed_before_anything_is_saved(ruler):
    found = make.rule_set({Measure.WEEK_DAYS_MIN: 3})
    path = f"/setup/rule-sets/{found.id}/edit"

    def lines(**typed):
        """The figures of the lines that stand there after a button was pressed."""
        page = ruler.submit(path, **typed, status=200).page
        boxes = page.all("div", class_="figure-line")
        return [
            field.get("value") for box in boxes for field in box.all("input")[1:]
        ]  # after the leaders

    ruler.get(path)
    typed = {"figures-1-measure": "seats_max", "figures-1-value": "12"}
    assert lines(**typed, **{"figures-more": "1"}) == ["3", "12", "", ""]
    assert lines(**{"line-0-drop": "1"}) == ["12", ""]
    more = {"figures-3-measure": "week_days_min", "figures-3-value": "4", "figures-more": "1"}
    assert lines(**more) == ["12", "4", "", ""]
    assert lines(**{"line-1-drop": "1"}) == ["12", ""]
    ruler.submit(path)
    found_id = found.id
    db.expunge_all()  # its figures are other rows now
    assert figures_of(get_rule_set(found_id)) == [Figure(Measure.SEATS_MAX, 12)]


def test_a_provided_one_is_not_changed(ruler):
    found = provided("h0015")
    ruler.get(f"/setup/rule-sets/{found.id}/edit", status=409)
    ruler.post(f"/setup/rule-sets/{found.id}/edit", {"name": "Mine"}, status=409)
    assert found.name == "H0015 per diem"


def test_one_is_offered_no_more_and_again(ruler):
    found = make.rule_set(name="Ours")
    path = f"/setup/rule-sets/{found.id}"
    assert "It has no figures yet." in ruler.get(path).page.words
    ruler.submit(f"{path}/deactivate")
    assert not found.is_active
    assert "Ours is retired." in ruler.follow().page.words
    ruler.submit(f"{path}/reactivate")
    assert found.is_active


def test_before_the_clinic_has_a_name_there_are_none(at, signed_in):
    at("2026-03-02 10:00")
    assert "No rule sets yet" in signed_in("admin").get("/setup/rule-sets").page.words


def test_a_rule_set_that_is_not_there_is_not_found(ruler):
    ruler.get("/setup/rule-sets/99", status=404)
    ruler.get("/setup/rule-sets/99/edit", status=404)
    for verb in ("copy", "deactivate", "reactivate"):
        ruler.post(f"/setup/rule-sets/99/{verb}", status=404)


def test_only_administrators_see_rule_sets(at, signed_in):
    at("2026-03-02 10:00")
    found = make.rule_set()
    pages = signed_in("coordinator")
    for path in ("/setup/rule-sets", f"/setup/rule-sets/{found.id}"):
        pages.get(path, status=403)
    pages.post(f"/setup/rule-sets/{found.id}/copy", status=403)


@pytest.fixture
def claimed(at, signed_in):
    """Somebody's day of three hours, exported when three hours made a unit."""
    at("2026-03-12 09:00")
    program = paid(name="Evening IOP")
    attended(program)
    exported()
    attended(program, day="2026-03-11", signed_at=None)
    return program


CORRECTIONS = "/billing/corrections"


def test_other_figures_say_what_they_make_of_claimed_days_which_are_to_be_corrected_then(
    claimed, signed_in
):
    pages, biller = signed_in("admin"), signed_in("billing")
    path = f"/setup/rule-sets/{claimed.rule_set_id}/edit"
    assert "Nothing to correct" in biller.get(CORRECTIONS).page.words
    pages.get(path)
    page = pages.submit(path, status=200, **{"figures-0-value": "4"}).page
    said = "1 claimed day comes to something else (1 to fewer units): it is then listed under"
    assert said in page.words
    assert "1 day that is over and not exported comes to other units than now." in page.words
    assert "before: 3 h" in page.words
    assert "Nothing to correct" in biller.get(CORRECTIONS).page.words  # it is only shown
    pages.submit(path, step="save")
    assert "The rule set is saved." in pages.follow().page.words
    words = biller.get(CORRECTIONS).page.words
    assert "Claimed 1 unit, now 0: correct the claim." in words
    words = biller.get(f"{CORRECTIONS}/1").page.words
    assert "the figures of its rule set were changed" in words
    assert "1 claim has changed since its export" in pages.get("/today").page.words
    pages.get(path)
    words = pages.submit(path, status=200, **{"figures-0-value": "3"}).page.words
    assert "1 day is as claimed or settled again." in words
    pages.submit(path, step="save")
    assert "Nothing to correct" in biller.get(CORRECTIONS).page.words


def test_other_words_of_a_rule_set_are_saved_at_once_and_so_is_what_no_program_follows(
    claimed, signed_in
):
    pages = signed_in("admin")
    path = f"/setup/rule-sets/{claimed.rule_set_id}/edit"
    pages.get(path)
    pages.submit(path, name="Ours")
    assert "The rule set is saved." in pages.follow().page.words
    path = f"/setup/rule-sets/{make.rule_set({Measure.UNIT_MINUTES_MIN: 60}).id}/edit"
    pages.get(path)
    pages.submit(path, **{"figures-0-value": "90"})
    assert "The rule set is saved." in pages.follow().page.words


def test_other_words_alone_work_out_no_days(claimed, signed_in, queries):
    pages, numbers = signed_in("admin"), set()
    for rule_set_id in (claimed.rule_set_id, make.rule_set().id):
        path = f"/setup/rule-sets/{rule_set_id}/edit"
        pages.get(path)
        with queries() as count:
            pages.submit(path, name=f"Ours {rule_set_id}")
        numbers.add(count())
    assert len(numbers) == 1


def test_other_figures_say_whose_week_reads_otherwise(claimed, signed_in):
    make.booking(make.session("2026-03-13", "09:00", "12:00", program=claimed))
    pages = signed_in("admin")
    path = f"/setup/rule-sets/{claimed.rule_set_id}/edit"
    pages.get(path)
    more = {"figures-2-measure": "day_minutes_min", "figures-2-value": "5"}
    words = pages.submit(path, status=200, **more).page.words
    assert "This week reads otherwise for 2 people." in words
    assert "No claimed day comes to something else." in words


def test_another_rule_set_of_a_program_says_what_it_makes_of_claimed_days(claimed, signed_in):
    stricter = make.rule_set({Measure.UNIT_MINUTES_MIN: 240})
    pages, biller = signed_in("admin"), signed_in("billing")
    path = f"/setup/programs/{claimed.id}"
    pages.get(path)
    pages.submit(path, rule_set=f"{stricter.id}")
    said = "Saved. 1 claimed day comes to something else (1 to fewer units): it is then listed"
    assert said in pages.follow().page.words
    words = biller.get(CORRECTIONS).page.words
    assert "Claimed 1 unit, now 0: correct the claim." in words


def test_other_figures_name_the_groups_that_do_not_keep_to_them(claimed, signed_in):
    few = make.series(claimed, title="Skills", seats=8)
    group = make.series(claimed, seats=12, leaders=[make.staff()])
    make.series(claimed, title="Before", until_on="2026-03-11")
    make.series(make.program(), title="Elsewhere")
    pages = signed_in("admin")
    path = f"/setup/rule-sets/{claimed.rule_set_id}/edit"
    pages.get(path)
    more = {"figures-2-measure": "seats_max", "figures-2-value": "10"}
    page = pages.submit(path, status=200, **more).page
    assert "Groups 1 group does not keep to the figures of the rule set." in page.words
    assert page.links["Process group"] == f"/groups/{group.id}"
    said = "Process group: The rule set allows 10 in a session of this kind with 1 leader, not 12."
    assert said in page.words
    assert "Before" not in page.words
    assert "Elsewhere" not in page.words
    pages.submit(path, step="save")
    pages.get(path)
    assert (
        "keep to the figures"
        not in pages.submit(path, status=200, **{"figures-0-value": "4"}).page.words
    )
    page = pages.get(f"/setup/programs/{claimed.id}").page
    assert "1 group does not keep to the figures of the rule set." in page.words
    assert page.links["Process group"] == f"/groups/{group.id}"
    make.series_plan(few, "2026-03-16", seats=11)
    pages.get(f"/setup/programs/{claimed.id}")
    assert "2 groups do not keep to the figures of the rule set." in pages.answer.page.words


def test_a_program_that_follows_another_rule_set_names_its_groups_that_do_not_keep_to_it(
    claimed, signed_in
):
    make.series(claimed)
    smaller = make.rule_set({Measure.SEATS_MAX: 10})
    pages, path = signed_in("admin"), f"/setup/programs/{claimed.id}"
    assert "keep to the figures" not in pages.get(path).page.words
    pages.submit(path, rule_set=f"{smaller.id}")
    assert "1 group does not keep to the figures of the rule set." in pages.follow().page.words
    pages.submit(path, rule_set="")
    assert "keep to the figures" not in pages.follow().page.words
