import stat

import pytest

from clinic import config


def test_without_any_setting_everything_has_a_safe_default(tmp_path):
    settings = config.settings(tmp_path / "instance", {})
    assert settings["SQLALCHEMY_DATABASE_URI"] == f"sqlite:///{tmp_path}/instance/clinic.db"
    assert settings["CLINIC_BIND"] == "127.0.0.1:8000"
    assert settings["CLINIC_BASE_URL"] == settings["CLINIC_MAIL_URL"] == ""
    assert settings["SESSION_COOKIE_HTTPONLY"] is True
    assert settings["SESSION_COOKIE_SAMESITE"] == "Lax"
    assert stat.S_IMODE((tmp_path / "instance").stat().st_mode) == 0o700


def test_the_secret_is_made_once_and_only_its_owner_reads_it(tmp_path):
    first = config.settings(tmp_path, {})["SECRET_KEY"]
    assert len(first) == 43
    assert config.settings(tmp_path, {})["SECRET_KEY"] == first
    assert stat.S_IMODE((tmp_path / "secret.key").stat().st_mode) == 0o600
    assert config.settings(tmp_path / "elsewhere", {})["SECRET_KEY"] != first


def test_a_database_in_a_folder_that_is_missing_ends_with_a_sentence(tmp_path):
    for url in (f"sqlite:///{tmp_path}/no/clinic.db", "sqlite:///no/clinic.db"):
        with pytest.raises(SystemExit) as ended:
            config.settings(tmp_path, {"CLINIC_DATABASE_URL": url})
        sentence = f"The database cannot be there: {tmp_path}/no does not exist."
        assert str(ended.value).startswith(sentence)
    for url in (f"sqlite:///{tmp_path}/clinic.db", "sqlite:///clinic.db", "sqlite://"):
        assert config.settings(tmp_path, {"CLINIC_DATABASE_URL": url})


def test_the_environment_settles_what_it_names(tmp_path):
    settings = config.settings(
        tmp_path,
        {
            "CLINIC_DATABASE_URL": "postgresql+psycopg://clinic@db/clinic",
            "CLINIC_SECRET_KEY": "given",
            "CLINIC_BIND": "0.0.0.0:80",
            "CLINIC_MAIL_URL": "smtp://mail",
        },
    )
    assert settings["SQLALCHEMY_DATABASE_URI"] == "postgresql+psycopg://clinic@db/clinic"
    assert settings["SECRET_KEY"] == "given"
    assert settings["CLINIC_BIND"] == "0.0.0.0:80"
    assert settings["CLINIC_MAIL_URL"] == "smtp://mail"
    assert not (tmp_path / "secret.key").exists()


def test_an_address_with_https_makes_cookies_that_travel_only_so(tmp_path):
    settings = config.settings(tmp_path, {"CLINIC_BASE_URL": "https://clinic.example.org"})
    assert settings["CLINIC_IS_HTTPS"] is settings["SESSION_COOKIE_SECURE"] is True
    assert settings["SESSION_COOKIE_NAME"] == "__Host-clinic"

    plain = config.settings(tmp_path, {"CLINIC_BASE_URL": "http://localhost:8000"})
    assert plain["CLINIC_IS_HTTPS"] is plain["SESSION_COOKIE_SECURE"] is False
    assert plain["SESSION_COOKIE_NAME"] == "clinic"


def test_postgresql_connections_are_checked_and_give_up_in_time(tmp_path):
    environ = {"CLINIC_DATABASE_URL": "postgresql+psycopg://db/clinic"}
    options = config.settings(tmp_path, environ)["SQLALCHEMY_ENGINE_OPTIONS"]
    assert options["pool_pre_ping"] is True
    assert options["connect_args"]["options"].split(" -c ") == [
        "-c timezone=UTC",
        "lock_timeout=5s",
        "statement_timeout=30s",
        "idle_in_transaction_session_timeout=60s",
    ]


SAFE = {
    "CLINIC_BIND": "127.0.0.1:8000",
    "CLINIC_IS_HTTPS": False,
    "CLINIC_PROXIES": 0,
    "SECRET_KEY": "x" * 32,
    "CLINIC_MAIL_URL": "smtp://mail",
    "SQLALCHEMY_DATABASE_URI": "sqlite:////clinic.db",
}
MENDED = (3, 51, 3)


def test_a_clinic_without_worries():
    assert config.worries(SAFE, MENDED) == []
    assert config.worries(SAFE | {"CLINIC_BIND": "[::1]:8000"}, MENDED) == []
    away = SAFE | {"CLINIC_BIND": "0.0.0.0:8000", "CLINIC_IS_HTTPS": True, "CLINIC_PROXIES": 1}
    assert config.worries(away, MENDED) == []
    (worry,) = config.worries(away | {"CLINIC_PROXIES": 0}, MENDED)
    assert worry.startswith("A proxy answers for CLINIC_BASE_URL, and everybody seems to come")


def test_how_many_proxies_there_are_is_a_number(tmp_path):
    assert config.settings(tmp_path, {})["CLINIC_PROXIES"] == 0
    assert config.settings(tmp_path, {"CLINIC_PROXIES": "2"})["CLINIC_PROXIES"] == 2
    with pytest.raises(SystemExit, match="CLINIC_PROXIES=one is not a number"):
        config.settings(tmp_path, {"CLINIC_PROXIES": "one"})


@pytest.mark.parametrize(
    ("setting", "value", "worry"),
    [
        (
            "CLINIC_BIND",
            "0.0.0.0:8000",
            (
                "Others can reach this server, but CLINIC_BASE_URL is no https:// address: the"
                " kiosk and phones need HTTPS, and without it passwords can be read on the way."
            ),
        ),
        ("SECRET_KEY", "x" * 31, "CLINIC_SECRET_KEY is shorter than 32 characters."),
        ("CLINIC_MAIL_URL", "", "CLINIC_MAIL_URL is not set: messages wait and are not sent."),
    ],
)
def test_what_should_not_stay_as_it_is_is_said(setting, value, worry):
    assert config.worries(SAFE | {setting: value}, MENDED) == [worry]


@pytest.mark.parametrize(
    ("version", "is_worry"),
    [
        ((3, 6, 23), False),
        ((3, 7, 0), True),
        ((3, 40, 1), True),
        ((3, 44, 5), True),
        ((3, 44, 6), False),
        ((3, 50, 6), True),
        ((3, 50, 7), False),
        ((3, 51, 2), True),
        ((3, 51, 3), False),
        ((3, 52, 0), False),
    ],
)
def test_a_sqlite_that_can_damage_its_log_is_a_worry_but_not_for_postgresql(version, is_worry):
    assert len(config.worries(SAFE, version)) == is_worry
    postgresql = SAFE | {"SQLALCHEMY_DATABASE_URI": "postgresql+psycopg://db/clinic"}
    assert config.worries(postgresql, version) == []
