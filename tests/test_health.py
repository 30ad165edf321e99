from clinic.db import database
from tests.conftest import app_on
from tests.pages import Pages


def test_alive_and_ready(app):
    visitor = Pages(app)
    assert visitor.get("/healthz").text == "ok"
    assert visitor.get("/readyz").text == "ready"


def test_a_database_that_was_never_migrated_is_not_ready(tmp_path):
    empty = app_on(f"sqlite:///{tmp_path / 'empty.db'}", tmp_path)
    assert empty.test_client().get("/readyz").status_code == 503
    assert empty.test_client().get("/healthz").status_code == 200
    with empty.app_context():
        database.engine.dispose()


def test_a_database_out_of_reach_is_not_ready(tmp_path):
    (folder := tmp_path / "no").mkdir()
    nowhere = app_on(f"sqlite:///{folder / 'clinic.db'}", tmp_path)
    folder.rmdir()
    answer = nowhere.test_client().get("/readyz")
    assert (answer.status_code, answer.text) == (503, "The database is out of reach.")
