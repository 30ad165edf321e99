"""The pages of the timetable: one file per noun."""

from flask import Blueprint

bp = Blueprint("schedule", __name__)

from clinic.schedule.views import groups, sessions, slots  # noqa: E402, F401 - they need bp
