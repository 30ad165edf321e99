from datetime import date

from clinic.days import MIDNIGHT, WeeklyTime
from clinic.whatif.forms import SeatForm, TryForm
from clinic.whatif.rules import Tried


def test_what_is_tried_is_a_group_days_off_and_times(app):
    typed = {
        "series": "3",
        "days_off": "2",
        "unavailable-0-days": "0",
        "unavailable-0-from": "08:00",
        "unavailable-0-until": "16:00",
        "from_on": "2026-03-04",
    }
    with app.test_request_context(method="POST", data=typed):
        form = TryForm(meta={"csrf": False})
        form.series.choices = [("", "None"), (3, "Skills")]
        assert form.validate(), form.errors
        away = (WeeklyTime(2, 0, MIDNIGHT), WeeklyTime(0, 480, 960))
        assert form.tried == Tried(date(2026, 3, 4), 3, away)


def test_a_seat_is_tried_for_somebody_from_a_day_on(app):
    with app.test_request_context(method="POST", data={"enrollment": "7", "from_on": "2026-03-04"}):
        form = SeatForm(meta={"csrf": False})
        form.enrollment.choices = [(7, "Jordan Avery")]
        assert form.validate(), form.errors
        assert form.tried(3) == Tried(date(2026, 3, 4), 3, adds_seat=True)
