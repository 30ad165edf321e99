"""What pages are made with: asked for once, small on the line, and at an address that changes."""

import gzip
import re

from flask import url_for

from clinic.app import create_app
from clinic.assets import FOLDER, SCRIPT, SCRIPTS, SHARED, SHEET, read

PACKED = {"Accept-Encoding": "gzip"}
TEMPLATES = FOLDER.parent / "templates"


def address(app, name):
    with app.test_request_context():
        return url_for("static", filename=name)


def test_a_file_is_kept_for_a_year_under_the_digest_and_asked_for_again_under_another(app):
    client, path = app.test_client(), address(app, SHEET)
    kept, older = client.get(path), client.get(f"/static/0123456789abcdef/{SHEET}")
    assert path == f"/static/{read().digest}/{SHEET}"
    assert kept.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert (older.headers["Cache-Control"], older.data) == ("no-cache", kept.data)
    assert "Set-Cookie" not in kept.headers
    assert client.get(address(app, "css/none.css")).status_code == 404


def test_a_file_is_compressed_for_whoever_says_they_can_read_it_and_worth_it(app):
    client = app.test_client()
    plain, packed = client.get(address(app, SHEET)), client.get(address(app, SHEET), headers=PACKED)
    assert gzip.decompress(packed.data) == plain.data
    assert len(packed.data) < len(plain.data) / 3
    assert packed.headers["Content-Encoding"] == "gzip"
    assert packed.headers["Vary"] == plain.headers["Vary"] == "Accept-Encoding"
    assert "Content-Encoding" not in plain.headers
    small = client.get(address(app, "icon.svg"), headers=PACKED)
    assert "Content-Encoding" not in small.headers


def test_a_page_is_never_compressed_and_never_kept(app):
    page = app.test_client().get("/sign-in", headers=PACKED)
    assert "Content-Encoding" not in page.headers
    assert page.headers["Cache-Control"] == "no-store"


def test_a_change_of_any_file_changes_every_address(tmp_path):
    def digest(name, more):
        folder = tmp_path / f"static{len(list(tmp_path.iterdir()))}"
        for part in (*(f"css/{each}.css" for each in (*SHARED, "print", "today")), "icon.svg"):
            (folder / part).parent.mkdir(parents=True, exist_ok=True)
            (folder / part).write_text("a {}\n" + (more if part == name else ""))
        (folder / "js").mkdir()
        for each in SCRIPTS:
            (folder / "js" / f"{each}.js").write_text("")
        return read(folder).digest

    assert digest("", "") == digest("", "")
    changed = {digest(name, "b {}") for name in ("css/today.css", "css/print.css", "icon.svg")}
    assert len(changed | {digest("", "")}) == 4


def test_the_pages_of_a_feature_have_what_all_share_and_their_own_as_one_sheet(app):
    features = {path.stem for path in FOLDER.glob("css/*.css")} - {*SHARED, "print"}
    assert features <= set(app.blueprints)
    sheets = {name: each.content.decode() for name, each in read().files.items() if "css" in name}
    assert sheets.keys() == {SHEET, *(f"css/{name}.css" for name in features)}
    assert (".keypad" in sheets["css/kiosk.css"], ".keypad" in sheets[SHEET]) == (True, False)
    for sheet in sheets.values():
        assert ".button" in sheet
        assert "@media print" in sheet
        assert "/*" not in sheet
        assert sheet.count("{") == sheet.count("}")
        hovers = len(re.findall(r"(?<!not\():hover\b", sheet))
        assert sheet.count("@media (hover: hover) {") >= hovers > 0
    page = app.test_client().get("/kiosk").text
    assert re.findall(r"css/\w+\.css", page) == ["css/kiosk.css"]
    assert re.findall(r"css/\w+\.css", app.test_client().get("/none").text) == [SHEET]


def test_a_page_loads_one_sheet_and_no_script_twice():
    loaded = {
        name
        for path in TEMPLATES.rglob("*.html")
        for name in re.findall(r"filename='((?:css|js)/[\w./]+)'", path.read_text())
    }
    assert {SCRIPT} <= loaded <= read().files.keys()
    assert not any(name.endswith(".css") for name in loaded)


def test_scripts_that_are_joined_import_nothing():
    joined = read().files[SCRIPT].content.decode()
    assert not re.search(r"^(?:import|export|await)\b", joined, re.MULTILINE)


def test_two_applications_share_what_was_read(tmp_path):
    assert read() is read()
    made = create_app(instance=tmp_path)
    assert address(made, SCRIPT).startswith(f"/static/{read().digest}/")
