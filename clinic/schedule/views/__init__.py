"""The pages of the timetable: one file per noun."""

from clinic.schedule.views import groups, sessions, slots
from clinic.schedule.views.blueprint import bp

__all__ = ["bp", "groups", "sessions", "slots"]
