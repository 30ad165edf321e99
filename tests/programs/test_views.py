import pytest

from tests import make

WEST = "America/Los_Angeles"


@pytest.fixture
def sites(app, at):
    """Two sites, when it is tomorrow at the first one and still today at the second."""
    at("2026-03-04 21:30", WEST)
    make.organization()
    return make.program(make.site(key="east", name="East")), make.program(
        make.site(key="west", name="West", timezone=WEST)
    )


def heading(pages, path="/today"):
    return pages.get(path).page.texts("p", class_="sub")[0]


EAST_SAYS = "Thursday, March 5 · New York time"
WEST_SAYS = "Wednesday, March 4 · Los Angeles time"


def test_a_leader_of_a_western_site_sees_today_while_the_group_still_runs(sites, signed_in):
    east, west = sites
    ana = make.staff(name="Ana Rivera")
    make.session("2026-03-05", "09:00", "10:00", title="In the east", program=east)
    make.session("2026-03-04", "20:00", "22:00", title="Still on", program=west, leaders=[ana])
    page = signed_in(ana).get("/today").page
    assert page.texts("p", class_="sub")[0] == WEST_SAYS
    (card,) = page.all("li", class_="is-next")
    assert card.text.startswith("8:00 – 10:00 pm Began 1 h 30 min ago Still on")


def test_where_somebody_works_is_where_they_lead_most_else_whom_they_care_for(sites, signed_in):
    east, west = sites
    ana, ben, eve = make.staff(), make.staff(), make.staff(roles=["coordinator"])
    for day, program in (("2026-03-04", west), ("2026-03-06", west), ("2026-03-05", east)):
        make.session(day, program=program, leaders=[ana])
    for _ in range(3):
        make.enrollment(program=east, clinician=ana)
    make.session("2025-03-05", program=east, leaders=[ben])  # long ago
    make.session("2026-03-05", program=east, leaders=[ben], is_cancelled=True)
    make.enrollment(program=east, clinician=ben, until_on="2026-01-31")
    make.enrollment(program=west, clinician=ben)
    assert heading(signed_in(ana)) == heading(signed_in(ben)) == WEST_SAYS
    assert heading(signed_in(eve)) == EAST_SAYS


def test_whoever_works_nowhere_is_at_the_site_that_they_chose_last(sites, signed_in):
    desk = signed_in("front_desk")
    assert heading(desk) == EAST_SAYS
    assert heading(desk, "/today?site=west") == WEST_SAYS
    assert heading(desk) == WEST_SAYS
    assert heading(desk, "/today?site=nowhere") == WEST_SAYS
    assert heading(desk, "/building") == "Wednesday, March 4 · refreshes itself"
    assert heading(desk, "/building?site=east").startswith("Thursday, March 5")
    assert heading(desk) == EAST_SAYS


def test_other_pages_go_by_the_same_day(sites, signed_in):
    make.enrollment(program=sites[1])
    pages = signed_in("admin")
    pages.get("/today?site=west")
    assert heading(pages, "/census").startswith("Wednesday, March 4")
    assert "as of Wed, Mar 4, 9:30 pm, Los Angeles time" in heading(pages, "/hours")
    assert "as of Thu, Mar 5, 12:30 am, New York time" in heading(pages, "/hours?site=east")
