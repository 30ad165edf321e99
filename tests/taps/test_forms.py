import pytest

from clinic.taps.forms import TapsForm
from tests import make


def sent(app, day="2026-03-02", **typed):
    devices = [make.kiosk_device(make.site(), key=key) for key in "ab"]
    data = {"device": str(devices[0].id), "day": day, "starts": "09:00", "ends": "09:10"}
    with app.test_request_context(method="POST", data=data | typed):
        form = TapsForm(meta={"csrf": False})
        form.offer(devices)
        form.validate()
        return form


def test_the_last_minute_counts_whole(app):
    form = sent(app)
    assert form.errors == {}
    assert form.window == (
        make.instant("2026-03-02 09:00"),
        make.instant("2026-03-02 09:11"),
    )


@pytest.mark.parametrize(
    ("typed", "field", "words"),
    [
        ({"ends": "08:59"}, "ends", "The end cannot be before the beginning."),
        ({"device": ""}, "device", "Choose a kiosk."),
        ({"day": "2026-03-08", "starts": "02:30"}, "starts", "02:30 does not exist"),
        ({"day": "2026-03-08", "starts": "01:30", "ends": "02:30"}, "ends", "02:30 does not"),
        ({"starts": ""}, "starts", "Enter a time."),
    ],
)
def test_what_makes_no_sense_is_said_at_its_field(app, typed, field, words):
    assert words in sent(app, **typed).errors[field][0]
