import pytest
from sqlalchemy import select

from clinic.db import db
from clinic.programs.actions import Wanted, figures_of, provide_rule_sets
from clinic.programs.models import Measure, Population, RuleSet
from clinic.programs.queries import get_rule_set, rule_sets
from clinic.trail import SYSTEM
from tests import make


@pytest.fixture
def admin(at, signed_in):
    now = at("2026-03-02 10:00")
    provide_rule_sets(by=SYSTEM, now=now)
    return signed_in("admin")


def provided(key):
    return db.scalars(select(RuleSet).where(RuleSet.key == key)).one()


def test_they_are_listed_with_citation_and_followers(admin, queries):
    make.program(name="IOP", rule_set=provided("h0015"))
    make.rule_set(name="Ours", is_active=False)
    rows = [row.text for row in admin.get("/setup/rule-sets").page.all("tr")[1:]]
    assert "H0015 per diem HCPCS Level II, code H0015 National IOP Provided" in rows
    assert rows[-1] == "Ours OAC 5122-29 Ohio Our own, not offered"
    with queries() as few:
        admin.get("/setup/rule-sets")
    for _ in range(5):
        make.rule_set({Measure.CASELOAD_MAX: 9})
    with queries() as many:
        admin.get("/setup/rule-sets")
    assert few() == many() <= 12


def test_one_is_read_as_a_table(admin):
    page = admin.get(f"/setup/rule-sets/{provided('virginia').id}").page
    assert [row.text for row in page.all("tr")] == [
        "Figure Adults Under 18",
        "Hours a week, at least 9 h 6 h",
        "Hours a week, at most 19 h 19 h",
        "Hours on a service day, at least 3 h 2 h",
    ]
    assert "12VAC30-130-5090" in page.words


def test_one_is_copied_and_the_copy_changed(admin):
    virginia = provided("virginia")
    admin.get(f"/setup/rule-sets/{virginia.id}")
    admin.submit(f"/setup/rule-sets/{virginia.id}/copy")
    copy = rule_sets()[-1]
    path = f"/setup/rule-sets/{copy.id}/edit"
    assert admin.answer.location == path
    admin.follow()
    changed = {"name": "Ours", "figures-0-value": "9.5", "figures-2-value": ""}
    admin.submit(path, **changed, **{"figures-6-value": "4"}, status=422)
    words = admin.answer.page.words
    assert "Figure: Choose what the figure measures." in words
    admin.submit(path, **{"figures-6-measure": "week_days_min"})
    assert admin.follow().page.heading == "Ours"
    copy_id, virginia_id = copy.id, virginia.id
    db.expunge_all()  # its figures are other rows now
    copy, virginia = get_rule_set(copy_id), get_rule_set(virginia_id)
    adult, young = Population.ADULT, Population.ADOLESCENT
    assert figures_of(copy) == {
        Wanted(Measure.WEEK_MINUTES_MIN, 570, adult),
        Wanted(Measure.WEEK_MINUTES_MIN, 360, young),
        Wanted(Measure.DAY_MINUTES_MIN, 180, adult),
        Wanted(Measure.DAY_MINUTES_MIN, 120, young),
        Wanted(Measure.WEEK_DAYS_MIN, 4),
    }
    assert len(virginia.rules) == 5


def test_a_provided_one_is_not_changed(admin):
    found = provided("h0015")
    admin.get(f"/setup/rule-sets/{found.id}/edit", status=409)
    admin.post(f"/setup/rule-sets/{found.id}/edit", {"name": "Mine"}, status=409)
    assert found.name == "H0015 per diem"


def test_one_is_offered_no_more_and_again(admin):
    found = make.rule_set(name="Ours")
    path = f"/setup/rule-sets/{found.id}"
    assert "It has no figures yet." in admin.get(path).page.words
    admin.submit(f"{path}/deactivate")
    assert not found.is_active
    assert "Ours is not offered to programs any more." in admin.follow().page.words
    admin.submit(f"{path}/reactivate")
    assert found.is_active


def test_before_the_clinic_has_a_name_there_are_none(at, signed_in):
    at("2026-03-02 10:00")
    assert "No rule set yet" in signed_in("admin").get("/setup/rule-sets").page.words


def test_what_is_not_there_is_not_found(admin):
    admin.get("/setup/rule-sets/99", status=404)
    admin.get("/setup/rule-sets/99/edit", status=404)
    for verb in ("copy", "deactivate", "reactivate"):
        admin.post(f"/setup/rule-sets/99/{verb}", status=404)


def test_only_administrators_may(at, signed_in):
    at("2026-03-02 10:00")
    found = make.rule_set()
    pages = signed_in("coordinator")
    for path in ("/setup/rule-sets", f"/setup/rule-sets/{found.id}"):
        pages.get(path, status=403)
    pages.post(f"/setup/rule-sets/{found.id}/copy", status=403)
