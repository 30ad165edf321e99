from clinic.schedule.queries.offers import leaders_to_offer, programs_to_offer, rooms_to_offer
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
