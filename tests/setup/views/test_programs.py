import pytest

from clinic.programs.models import Kind, Measure
from clinic.programs.queries import get_program_whole, programs
from tests import make


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
        "Evening IOP Level 2.1, intensive outpatient (IOP) Adults Site 1 9 – 12 h Yes",
        "Old IOP Level 2.1, intensive outpatient (IOP) Adults Site 1 9 – 12 h No longer",
    ]
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
    assert "Saved. 1 coming session will be counted anew." in admin.follow().page.words
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
    enrollment.until_on = enrollment.from_on
    admin.submit(f"{path}/deactivate")
    assert not program.is_active
    assert "IOP is not offered any more." in admin.follow().page.words
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
