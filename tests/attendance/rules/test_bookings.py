from clinic.attendance.rules.check_ins import why_not_check_in
from tests.attendance.bookings import TEN, at


def test_the_doors_open_when_the_clinic_says_so():
    early = TEN._replace(doors_minutes=30)
    assert why_not_check_in(early, at=at("09:30")) is None
    assert why_not_check_in(early, at=at("09:29")) == "Check-in has not opened yet."


def test_no_doors_open_more_than_three_hours_early():
    all_night = TEN._replace(doors_minutes=600)
    assert why_not_check_in(all_night, at=at("07:00")) is None
    assert why_not_check_in(all_night, at=at("06:59")) == "Check-in has not opened yet."
