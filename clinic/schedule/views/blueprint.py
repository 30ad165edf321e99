"""What the pages of the timetable have in common."""

from flask import Blueprint

bp = Blueprint("schedule", "clinic.schedule.views")
