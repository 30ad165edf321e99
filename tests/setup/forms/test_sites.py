from itertools import groupby

from clinic import clock
from clinic.setup.forms.sites import NewSiteForm, RoomForm, SiteForm, time_zones

TYPED = {"name": "Main Street", "timezone": "America/New_York"}


def sent(app, kind, **typed):
    with app.test_request_context(method="POST", data=TYPED | typed):
        form = kind(meta={"csrf": False})
        form.validate()
        return form.errors


def test_every_time_zone_is_offered_once_the_united_states_first():
    found = time_zones()
    assert sorted(each.value for each in found) == sorted(clock.zone_names())
    assert (found[0].value, found[0].label) == ("America/New_York", "Eastern (New York)")
    groups = [name for name, _ in groupby(found, key=lambda each: each.optgroup)]
    assert groups == ["United States", *sorted(groups[1:-1]), "Other"]
    buenos_aires = next(each for each in found if each.value == "America/Argentina/Buenos_Aires")
    assert (buenos_aires.optgroup, buenos_aires.label) == ("America", "Argentina/Buenos Aires")


def test_a_time_zone_is_chosen_from_the_list(app):
    assert sent(app, SiteForm) == {}
    assert sent(app, SiteForm, timezone="America/Nowhere") == {
        "timezone": ["Choose one from the list."]
    }
    assert sent(app, SiteForm, timezone="") == {"timezone": ["Choose the time zone."]}


def test_a_first_room_has_a_name_and_seats_or_neither(app):
    assert sent(app, NewSiteForm) == {}
    assert sent(app, NewSiteForm, room="Room 1", seats="12") == {}
    assert sent(app, NewSiteForm, room="Room 1") == {"seats": ["Enter how many people it holds."]}
    assert sent(app, NewSiteForm, seats="12") == {"seats": ["Name the room, too."]}


def test_a_room_holds_somebody(app):
    assert sent(app, RoomForm, seats="1") == {}
    assert sent(app, RoomForm, seats="0") == {"seats": ["Enter a number from 1 to 1000."]}
    assert sent(app, RoomForm) == {"seats": ["Enter how many people it holds."]}
