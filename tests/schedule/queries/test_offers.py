from clinic.permissions import Role
from clinic.schedule.queries.offers import (
    clinicians_to_choose,
    leaders_to_offer,
    programs_to_offer,
    rooms_to_offer,
)
from tests import make


def test_what_is_inactive_is_offered_only_where_it_is_chosen_already(app):
    site = make.site()
    old_room, room = make.room(site, is_active=False), make.room(site)
    old = make.program(site, name="Old", is_active=False)
    new = make.program(site, name="New")
    gone, ana = make.staff(name="Gone", is_active=False), make.staff(name="Ana")
    make.staff(name="Biller", roles=["billing"])
    offers = (
        (rooms_to_offer(site.id), [room.id]),
        (rooms_to_offer(already=old_room.id), [old_room.id, room.id]),
        (programs_to_offer(site_id=site.id), [new.id]),
        (programs_to_offer(already=old.id), [new.id, old.id]),
        (leaders_to_offer(), [ana.id]),
        (leaders_to_offer([gone.id]), [ana.id, gone.id]),
    )
    for offered, ids in offers:
        assert [row.id for row in offered] == ids


def test_clinicians_are_those_who_are_and_still_work_here(app):
    kim = make.staff(name="Kim Tran")
    ana = make.staff(name="Ana Rivera", roles=[Role.ADMIN, Role.CLINICIAN])
    make.staff(name="Sam Whitfield", roles=[Role.ADMIN])
    gone = make.staff(name="Gone Away", is_active=False)
    choices = [("", "None yet"), (ana.id, "Ana Rivera"), (kim.id, "Kim Tran")]
    assert clinicians_to_choose() == choices
    assert (gone.id, "Gone Away (access ended)") in clinicians_to_choose(gone.id)
