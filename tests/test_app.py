from pathlib import Path

from flask import request
from jinja2 import StrictUndefined

from clinic.app import create_app
from clinic.stations import views as stations

FEATURES = Path(__file__).parents[1] / "clinic"


def test_whatever_has_pages_is_on_the_map(app):
    """A feature, or a part of one whose views have a folder."""
    views = FEATURES.glob("*/views.py")
    features = {path.parent.name for path in views if "Blueprint(" in path.read_text()}
    parts = {path.stem for path in FEATURES.glob("*/views/[!_]*.py")}
    assert set(app.blueprints) == features | parts


def test_a_name_that_a_template_does_not_know_is_an_error(app):
    assert app.jinja_env.undefined is StrictUndefined


def test_only_a_device_key_and_the_code_for_one_go_without_a_token(app):
    exempt = app.extensions["csrf"]._exempt_views | app.extensions["csrf"]._exempt_blueprints
    by_kiosks = {f"{view.__module__}.{view.__name__}" for view in stations.BY_KIOSKS}
    assert exempt == {"clinic.kiosk.views.check_ins", "clinic.pairing.views.pair", *by_kiosks}


def test_two_clinics_on_one_machine_share_nothing(tmp_path):
    one = create_app(instance=tmp_path / "one")
    other = create_app(instance=tmp_path / "other")
    assert one.config["SECRET_KEY"] != other.config["SECRET_KEY"]
    assert one.config["SQLALCHEMY_DATABASE_URI"] != other.config["SQLALCHEMY_DATABASE_URI"]


def test_settings_may_be_replaced(tmp_path):
    assert create_app(instance=tmp_path, CLINIC_BIND="[::1]:1").config["CLINIC_BIND"] == "[::1]:1"


def test_whoever_a_proxy_names_is_who_asks_and_nobody_else_is_believed(tmp_path):
    def asked(proxies):
        made = create_app(instance=tmp_path, CLINIC_PROXIES=proxies)
        with made.test_client() as client:
            client.get("/healthz", headers={"X-Forwarded-For": "203.0.113.9, 198.51.100.7"})
            return request.remote_addr

    assert [asked(0), asked(1)] == ["127.0.0.1", "198.51.100.7"]
