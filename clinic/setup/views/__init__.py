"""Setting the clinic up, by page: one file per noun."""

from flask import Blueprint

bp = Blueprint("setup", __name__)

from clinic.setup.views import (  # noqa: E402 - they need bp
    closures,  # noqa: F401 - the same
    guide,  # noqa: F401 - the same
    organization,  # noqa: F401 - the same
    programs,  # noqa: F401 - the same
    rule_sets,  # noqa: F401 - the same
    sites,  # noqa: F401 - the same
    staff,  # noqa: F401 - the same
    staff_access,  # noqa: F401 - the same
    staff_account,  # noqa: F401 - the same
    staff_time_off,  # noqa: F401 - the same
)
