from itertools import chain

from clinic import clock
from clinic.programs.models import Organization, PhoneCheckIn
from clinic.setup.forms import NewSiteForm, OrganizationForm, RoomForm, SiteForm, time_zones

TYPED = {
    "name": "Riverside",
    "week_starts": "0",
    "afternoon_from": "12:00",
    "evening_from": "17:00",
    "doors_minutes": "15",
    "notice_hours": "24",
    "amendment_minutes": "60",
    "hold_hours": "4",
    "authorization_days": "14",
    "authorization_percent": "20",
}


def sent(app, **typed):
    with app.test_request_context(method="POST", data=TYPED | typed):
        form = OrganizationForm(meta={"csrf": False})
        form.validate()
        return form


def test_an_empty_alert_is_no_alert(app):
    form = sent(app)
    assert form.errors == {}
    assert form.settings == {
        "name": "Riverside",
        "week_starts": 0,
        "afternoon_from": 720,
        "evening_from": 1020,
        "doors_minutes": 15,
        "notice_hours": 24,
        "alert_in_a_row": None,
        "alert_misses": None,
        "alert_days": None,
        "alert_in_episode": None,
        "alert_after_run": None,
        "alert_fall": None,
        "clinicians_manage_rosters": False,
        "asks_identity": False,
        "closing_email": None,
        "phone_check_in": PhoneCheckIn.CODE,
        "amendment_minutes": 60,
        "sends_digest": False,
        "hold_hours": 4,
        "excused_use_units": False,
        "authorization_days": 14,
        "authorization_percent": 20,
    }


def test_wrong_words_stand_at_their_field(app):
    assert sent(app, name=" ", week_starts="7", doors_minutes="soon").errors == {
        "name": ["Enter the name."],
        "week_starts": ["Choose one from the list."],
        "doors_minutes": ["This is not a whole number."],
    }
    assert sent(app, evening_from="11:00").errors == {
        "evening_from": ["The evening cannot begin before the afternoon does."]
    }
    assert sent(app, evening_from="late", afternoon_from="").errors == {
        "afternoon_from": ["Enter a time."],
        "evening_from": ["This is not a time. Write it like 09:05."],
    }
    assert sent(app, evening_from="25:00").errors == {
        "evening_from": ["This is not a time. Write it like 09:05."]
    }
    assert sent(app, alert_in_a_row="0").errors == {
        "alert_in_a_row": ["Enter a number from 1 to 365."]
    }
    assert sent(app, closing_email="the auditor").errors.keys() == {"closing_email"}


def test_misses_and_days_belong_together(app):
    both = ["Enter both, the misses and the days, or neither."]
    assert sent(app, alert_misses="3").errors == {"alert_days": both}
    assert sent(app, alert_days="30").errors == {"alert_misses": both}
    assert sent(app, alert_misses="3", alert_days="30").errors == {}


def test_the_form_shows_the_clinic_as_it_is(app):
    clinic = Organization(
        name="Riverside",
        week_starts=6,
        afternoon_from=750,
        evening_from=1080,
        doors_minutes=20,
        notice_hours=48,
        clinicians_manage_rosters=False,
        asks_identity=True,
        phone_check_in=PhoneCheckIn.OFF,
        amendment_minutes=30,
        sends_digest=False,
        hold_hours=6,
        excused_use_units=True,
        authorization_days=7,
        authorization_percent=5,
        alert_in_a_row=2,
    )
    with app.test_request_context():
        form = OrganizationForm.of(clinic)
        assert form.settings["afternoon_from"] == 750
        assert form.settings["evening_from"] == 1080
        assert form.settings["phone_check_in"] is PhoneCheckIn.OFF
        assert (form.week_starts.data, form.alert_in_a_row.data) == (6, 2)
        assert form.clinicians_manage_rosters.data is False
        assert (form.asks_identity.data, form.amendment_minutes.data) == (True, 30)
        assert form.hold_hours.data == 6
        assert (form.authorization_days.data, form.authorization_percent.data) == (7, 5)
        assert form.excused_use_units.data is True
        begun = OrganizationForm.of(None).settings
        assert (begun["doors_minutes"], begun["clinicians_manage_rosters"]) == (15, True)


SITE = {"name": "Main Street", "timezone": "America/New_York"}


def sent_site(app, kind, **typed):
    with app.test_request_context(method="POST", data=SITE | typed):
        form = kind(meta={"csrf": False})
        form.validate()
        return form.errors


def test_every_time_zone_is_offered_once_the_united_states_first():
    found = time_zones()
    assert sorted(chain.from_iterable(found.values())) == sorted(clock.zone_names())
    assert next(iter(found["United States"].items())) == ("America/New_York", "Eastern (New York)")
    groups = list(found)
    assert groups == ["United States", *sorted(groups[1:-1]), "Other"]
    assert found["America"]["America/Argentina/Buenos_Aires"] == "Argentina/Buenos Aires"
    assert list(found["America"].values()) == sorted(found["America"].values())


def test_a_time_zone_is_chosen_from_the_list(app):
    assert sent_site(app, SiteForm) == {}
    assert sent_site(app, SiteForm, timezone="America/Nowhere") == {
        "timezone": ["Choose one from the list."]
    }
    assert sent_site(app, SiteForm, timezone="") == {"timezone": ["Choose the time zone."]}


def test_a_first_room_has_a_name_and_seats_or_neither(app):
    assert sent_site(app, NewSiteForm) == {}
    assert sent_site(app, NewSiteForm, room="Room 1", seats="12") == {}
    assert sent_site(app, NewSiteForm, room="Room 1") == {
        "seats": ["Enter how many people it holds."]
    }
    assert sent_site(app, NewSiteForm, seats="12") == {"seats": ["Name the room, too."]}


def test_a_room_holds_somebody(app):
    assert sent_site(app, RoomForm, seats="1") == {}
    assert sent_site(app, RoomForm, seats="0") == {"seats": ["Enter a number from 1 to 1000."]}
    assert sent_site(app, RoomForm) == {"seats": ["Enter how many people it holds."]}
