from clinic.arrivals.actions import arrive
from clinic.schedule.models import Method, Status
from clinic.trail import Actor
from tests import make
from tests.sessions.meetings import saved

PATH = "/kiosks/undo"


def test_the_check_ins_of_some_minutes_are_looked_at_undone_and_put_back(app, at, signed_in):
    nine = at("2026-03-02 09:05")
    door = make.kiosk_device(make.site(), name="Front door")
    session = make.session("2026-03-02", "09:00", "10:00", program=make.program(door.site))
    jordan, kim = (
        make.booking(session, make.enrollment(make.participant(name=name), session.program))
        for name in ("Jordan Avery", "Kim Tran")
    )
    for booking in (jordan, kim):
        who = booking.enrollment.participant_id
        arrive(who, door.site, at=nine, method=Method.KIOSK, by=Actor("kiosk", door.id), now=nine)
    make.read_afresh()
    kim.signed_at = nine
    pages = signed_in("front_desk")
    pages.get(f"{PATH}?device={door.id}")
    words = saved(pages, PATH, starts="09:00", ends="09:10")
    assert "1 check-in undone" in words
    assert "Jordan A." in words
    assert "before: Checked in 9:05 am after: Expected" in words
    assert "Kim T., 9:00 am: signed since." in words
    make.read_afresh()
    assert (jordan.status, kim.status) == (Status.EXPECTED, Status.PRESENT)
    assert "The check-ins are undone." in pages.follow().page.words
    pages.submit(f"{PATH}/back")
    assert "The check-ins are as they were." in pages.follow().page.words
    make.read_afresh()
    assert jordan.status is Status.PRESENT
    jordan.signed_at = nine
    pages.get(PATH)
    words = pages.submit(PATH, status=422, starts="09:00", ends="09:10").page.words
    assert "Nobody can be put back. Jordan A., 9:00 am: signed since." in words
    words = pages.submit(PATH, status=422, starts="08:00", ends="08:10").page.words
    assert "No check-in of this kiosk is on record for that time." in words
    admin = signed_in("admin").get("/setup/kiosks").page
    assert admin.words.count("Undo check-ins") == (1 if door.seen_at else 0)
