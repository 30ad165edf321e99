"""The pages that show everything: one file per noun."""

from flask import Blueprint

bp = Blueprint("desk", __name__)

from clinic.desk.views import enrollments, participants, today  # noqa: E402, F401 - they need bp
