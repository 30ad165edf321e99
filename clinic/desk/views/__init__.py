"""The pages that show everything: one file per noun."""

from flask import Blueprint

bp = Blueprint("desk", __name__)

from clinic.desk.views import (  # noqa: E402, F401 - they need bp
    building,
    census,
    changes,
    contacts,
    enrollments,
    merge,
    participants,
    people,
    placements,
    today,
)
