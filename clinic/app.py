"""The factory: settings, extensions, blueprints, error pages, filters; no logic."""

from pathlib import Path
from typing import Any

from flask_migrate import Migrate
from flask_wtf import CSRFProtect
from jinja2 import StrictUndefined

from clinic import cli, config, formats, web
from clinic.accounts import views as accounts
from clinic.attendance import views as attendance
from clinic.closures import views as closures
from clinic.db import database
from clinic.desk import views as desk
from clinic.feeds import views as feeds
from clinic.hours import views as hours
from clinic.intake import views as intake
from clinic.kiosk import views as kiosk
from clinic.offerings import views as offerings
from clinic.participants.queries import known_of
from clinic.portal import views as portal
from clinic.schedule import views as schedule
from clinic.setup import views as setup
from clinic.staff import views as staff

ROOT = Path(__file__).parent.parent

csrf = CSRFProtect()


def create_app(**overrides: Any) -> web.Clinic:
    """A clinic's application; `overrides` replace settings, for tests."""
    instance = Path(overrides.pop("instance", ROOT / "instance"))
    app = web.Clinic("clinic", instance_path=str(instance))
    app.jinja_options = {
        "undefined": StrictUndefined,
        "trim_blocks": True,
        "lstrip_blocks": True,
    }
    app.config.from_mapping(config.settings(instance) | overrides)
    database.init_app(app)
    Migrate(app, database, directory=str(ROOT / "migrations"))
    app.before_request(web.allow_size)
    csrf.init_app(app)
    csrf.exempt(kiosk.check_ins)  # a device key in a header, no cookie: nothing to forge
    accounts.install(app, known_of=known_of)
    formats.install(app)
    web.install(app)
    for feature in (
        accounts,
        attendance,
        closures,
        desk,
        feeds,
        hours,
        intake,
        kiosk,
        offerings,
        portal,
        schedule,
        setup,
        staff,
    ):
        app.register_blueprint(feature.bp)
    cli.install(app)
    return app
