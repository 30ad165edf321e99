import pytest

from clinic.schedule.models import Status
from tests import make


@pytest.fixture
def now(app, at):
    return at("2026-03-04 22:00")  # a Wednesday


@pytest.fixture
def ana(now):
    ana = make.staff(name="Ana Rivera")
    make.working_hours(ana, 3, "13:00", "16:00")
    return ana


@pytest.fixture
def program(now):
    return make.program(key="day", name="Day IOP")


@pytest.fixture
def room(program):
    return make.room(name="Room B", seats=8)


@pytest.fixture
def short(program, ana, room):
    """Five people lack 90 minutes, one five hours, one none; they can come on Thursday from two
    on, when Ana leads, and Room B is free."""
    monday = make.session("2026-03-02", "09:00", "16:30", program=program, leaders=[ana])
    tuesday = make.session("2026-03-03", "09:00", "10:30", program=program, leaders=[ana])
    early = make.session("2026-03-02", "08:00", "12:00", program=program)
    found = {}
    for name in ("Avery", "Blake", "Casey", "Drew", "Ellis", "Finley", "Gray"):
        one = make.enrollment(make.participant(name=name), program, clinician=ana)
        make.booking(early if name == "Gray" else monday, one, Status.PRESENT)
        make.booking(tuesday, one, Status.PRESENT if name == "Finley" else Status.NO_SHOW)
        make.unavailability(one, 3, "08:00", "14:00")
        found[name] = one
    return found
