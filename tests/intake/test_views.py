import io
from datetime import date, timedelta
from threading import Thread
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from clinic.db import db
from clinic.intake import actions
from clinic.intake.models import Upload
from clinic.participants.models import Participant
from clinic.permissions import Role
from clinic.trail import TrailLook
from tests import make
from tests.race import race
from tests.tables.files import saved, workbook

HERE = "/participants/import"


@pytest.fixture
def now(app, at):
    return at("2026-03-04 12:00")


@pytest.fixture
def clerk(now, signed_in):
    return signed_in("coordinator")


def send(pages, data, name="people.csv", status=302):
    return pages.post(HERE, {"file": (io.BytesIO(data), name)}, status=status)


def send_large(pages, text):
    """The same with a body of our own: the test client leaves its file of a large one open."""
    part = 'Content-Disposition: form-data; name="{}"{}\r\n\r\n{}\r\n--edge'
    parts = (
        part.format("csrf_token", "", pages.token()),
        part.format("file", '; filename="people.csv"', text),
    )
    body = "--edge\r\n" + "\r\n".join(parts) + "--\r\n"
    kind = "multipart/form-data; boundary=edge"
    return pages.ask("POST", HERE, data=body.encode(), content_type=kind)


def begun(pages, text):
    """A list that is read, its columns as they were guessed."""
    columns = send_large(pages, text).location
    pages.follow()
    pages.submit(columns)
    return columns.removesuffix("/columns")


def people():
    return db.scalar(select(func.count(Participant.id)))


# From the file to the list


def test_a_list_is_brought_in_from_file_to_result(clerk):
    pages = clerk
    columns = send(pages, b"Name,DOB,E-mail\nJo Avery,3/25/1990,jo@example.org\n").location
    page = pages.follow().page
    assert page.heading == "Match the columns"
    assert [page.value(f"column{at}") for at in range(3)] == ["name", "birth_on", "email"]
    assert page.value("style1") == "mdy"
    preview = pages.submit(columns).location
    page = pages.follow().page
    assert page.heading == "Review the import"
    assert "Mar 25, 1990" in page.words
    assert people() == 0
    pages.submit(f"{preview}/bring-in")
    assert pages.follow().page.heading == "Import finished"
    assert db.scalars(select(Participant.name)).all() == ["Jo Avery"]
    assert pages.get(f"{preview}/columns", status=302).location == preview
    assert pages.post(f"{preview}/columns").location == preview
    assert pages.post(f"{preview}/rows").location == preview
    assert pages.post(f"{preview}/bring-in").location == preview
    assert people() == 1


def test_the_end_of_a_report_is_offered_as_nobody_and_can_be_taken_in_after_all(clerk):
    path = begun(clerk, "Name,DOB\nJo Avery,1990-03-25\nTotal: 1,\nPrinted by Kim Lee,3/4/2026\n")
    page = clerk.follow().page
    assert (
        "because no person is in them: “Total: 1” and “Printed by Kim Lee 3/4/2026”." in page.words
    )
    assert "Import 1 person" in page.words
    assert "Total: 1" in clerk.get(f"{path}?show=left_out").page.words
    clerk.post(f"{path}/rows", {"row2": "1"})
    assert "Import 2 people" in clerk.get(path).page.words


def test_the_list_of_participants_leads_here(clerk):
    assert clerk.get("/participants").page.links["Import people"] == HERE


def test_why_a_file_is_no_list_stands_at_its_field(clerk):
    page = send(clerk, b"%PDF", status=422).page
    assert "This is a PDF, not a list. Save the list as CSV or .xlsx first." in page.words
    page = send(clerk, b"Name,DOB\n", status=422).page
    assert "but no people below them" in page.words
    page = clerk.post(HERE, status=422).page
    assert "Choose a file first." in page.words


def test_a_file_that_is_too_large_is_answered_with_a_page(clerk):
    page = send_large(clerk, "x" * (5 * 1024 * 1024 + 1)).page
    assert clerk.status == 413
    assert page.heading == "That is too large"


def test_a_list_of_five_megabytes_is_taken(clerk):
    rows = "".join(f"Jo {number} Avery,{'x' * 480}\n" for number in range(9_999))
    assert send_large(clerk, f"Name,Note\n{rows}").status == 302


def test_lists_that_are_not_finished_can_be_gone_on_with_or_given_up(clerk, now):
    make.upload(make.staff().account, file_name="theirs.csv")
    begun_at = now - timedelta(minutes=90)
    upload = make.upload(clerk.account, file_name="mine.csv", uploaded_at=begun_at)
    page = clerk.get(HERE).page
    assert page.texts("a", href=f"{HERE}/{upload.id}") == ["A list of yours"]
    assert page.words.count("started 1 h 30 min ago") == 1
    assert "mine.csv" not in page.words
    assert clerk.submit(f"{HERE}/{upload.id}/give-up").location == HERE
    assert "Nobody was added or changed" in clerk.follow().page.words
    assert db.scalars(select(Upload.file_name)).all() == ["theirs.csv"]


# Who may


def test_a_list_is_seen_by_whoever_brought_it_alone(clerk, signed_in):
    path = f"{HERE}/{make.upload(clerk.account).id}"
    other = signed_in("admin")
    for address in (path, f"{path}/columns"):
        other.get(address, status=404)
        clerk.get(address)
    for address in ("columns", "rows", "bring-in", "give-up"):
        other.post(f"{path}/{address}", status=404)
    assert db.scalar(select(func.count(Upload.id))) == 1


def test_bringing_people_in_needs_the_right_to(now, signed_in, pages):
    pages.get(HERE, status=302)
    for role in Role:
        may = role in {Role.ADMIN, Role.COORDINATOR}
        signed_in(role).get(HERE, status=200 if may else 403)


# Match the columns


def test_columns_that_make_no_people_are_refused_with_what_was_chosen(clerk):
    columns = send(clerk, b"Name,Phone\nJo Avery,202-555-0123\n").location
    clerk.follow()
    page = clerk.submit(columns, column0="", column1="phone", status=422).page
    assert "Say which column holds the name." in page.words
    assert (page.value("column0"), page.value("column1")) == ("", "phone")


def test_days_that_can_be_read_both_ways_are_said_and_asked_for(clerk):
    columns = send(clerk, b"Name,When\nJo Avery,3/9/1990\n").location
    page = clerk.follow().page
    assert page.value("style1") is None
    preview = clerk.submit(columns, column1="birth_on").location
    assert clerk.get(preview, status=302).location == columns
    page = clerk.follow().page
    assert "can be read both ways" in page.words
    assert page.value("style1") == "mdy"
    clerk.submit(columns, style1="dmy")
    assert "Sep 3, 1990" in clerk.follow().page.words


def test_a_sheet_and_the_row_with_the_names_can_be_chosen(clerk):
    book = workbook(["Name"], ["Jo Avery"])
    book.create_sheet("More").append(["Casey Cruz"])
    columns = send(clerk, saved(book), "people.xlsx").location
    page = clerk.follow().page
    assert page.texts("option")[:2] == ["People (2 rows)", "More (1 row)"]
    assert clerk.submit(columns, part="1").location == columns
    page = clerk.follow().page
    assert (page.value("part"), page.value("header"), page.value("column0")) == ("1", "", "")
    clerk.submit(columns, header="2")
    assert "Casey Cruz" in clerk.follow().page.texts("th")


def test_before_the_columns_are_said_there_is_no_preview(clerk):
    columns = send(clerk, b"Name\nJo Avery 1\n").location
    assert clerk.get(columns.removesuffix("/columns"), status=302).location == columns


def test_what_is_odd_about_a_file_is_said(clerk):
    send(clerk, "Name,DOB\nJosé Cruz,1990-03-09\n".encode("cp1252"))
    assert "read as Windows text" in clerk.follow().page.words


# Looking at the rows


def test_problems_stand_at_their_cells_and_are_corrected_in_place(clerk):
    path = begun(clerk, "Name,DOB,E-mail\nJo Avery,never,jo@\nCasey Cruz,1991-04-10,\n")
    page = clerk.follow().page
    assert (page.value("show"), page.value("c1-1"), page.value("c1-2")) == (
        "problem",
        "never",
        "jo@",
    )
    cell = page.all("input", id="c1-1")[0]
    assert (cell.get("aria-invalid"), cell.get("aria-describedby")) == ("true", "c1-1-error")
    assert page.texts("p", id="c1-1-error") == ["This is not a date. Write it like 1990-03-09."]
    assert [
        button.get("title") for button in page.all("button") if "disabled" in button.attributes
    ] == ["1 row has a problem. Correct it or leave it out: everyone is imported together."]
    back = clerk.submit(f"{path}/rows", **{"c1-1": "1990-03-09", "c1-2": "jo@again"}).location
    assert back == f"{path}?show=problem&page=1"
    page = clerk.follow().page
    assert (page.value("c1-1"), page.value("c1-2")) == ("1990-03-09", "jo@again")
    clerk.submit(f"{path}/rows", **{"c1-2": "jo@example.org"})
    assert "No such rows" in clerk.follow().page.words
    clerk.get(path)
    clerk.submit(f"{path}/bring-in")
    assert people() == 2


def test_rows_can_be_left_out_and_taken_in_again(clerk):
    path = begun(clerk, "Name,DOB\nJo Avery,never\nCasey Cruz,1991-04-10\n")
    clerk.follow()
    clerk.submit(f"{path}/rows", out1="1")
    page = clerk.get(f"{path}?show=left_out").page
    assert ("Row 2" in page.words, "Row 3" in page.words) == (True, False)
    clerk.get(path)
    clerk.submit(f"{path}/bring-in")
    assert "Left out 1 row" in clerk.follow().page.words
    assert people() == 1


def test_a_row_that_was_left_out_can_come_back(clerk):
    path = begun(clerk, "Name,DOB\nJo Avery,1990-03-09\n")
    clerk.follow()
    clerk.submit(f"{path}/rows", out1="1")
    token = clerk.token()
    clerk.post(f"{path}/rows", {"row1": "1"}, token=token)
    assert "Import 1 person" in clerk.get(path).page.words


def test_whether_it_is_the_same_person_is_asked_and_answered(clerk):
    jordan = make.participant(name="Jordan Avery", key="p-7", birth_on=date(1990, 3, 9))
    path = begun(clerk, "Name,Phone\nJordan Avery,202-555-0123\n")
    page = clerk.follow().page
    assert [option.get("value") for option in page.all("option")] == ["", str(jordan.id), "else"]
    assert "The same person: Jordan Avery, p-7, born Mar 9, 1990" in page.words
    clerk.submit(f"{path}/rows", who1=str(jordan.id))
    page = clerk.get(path).page
    assert ("To change 1" in page.words, page.value("who1")) == (True, str(jordan.id))
    clerk.submit(f"{path}/bring-in")
    assert jordan.phone == "+12025550123"
    looked = db.scalars(select(TrailLook.participant_ids)).all()
    assert [jordan.id] in looked


def test_a_list_of_names_that_is_brought_again_is_answered_in_one_go(clerk):
    for name in ("Jo Avery", "Casey Cruz", "Pia Park"):
        make.participant(name=name)
    path = begun(clerk, "Name,DOB\nJo Avery,\nCasey Cruz,\nPia Park,\n")
    page = clerk.follow().page
    assert "All 3 with a namesake here are the same people" in page.texts("button")
    clerk.submit(f"{path}/rows", who3="else")
    clerk.get(path)
    assert clerk.submit(f"{path}/answers").location == path
    page = clerk.follow().page
    assert ("To add 1" in page.words, "Unchanged 2" in page.words) == (True, True)
    clerk.submit(f"{path}/bring-in")
    assert clerk.post(f"{path}/answers").location == path
    assert people() == 4


def test_namesakes_in_the_list_are_said_to_be_two(clerk):
    path = begun(clerk, "Name,DOB\nJo Avery,1990-03-09\nJo Avery,\n")
    page = clerk.follow().page
    assert "Row 2 has the same name." in page.words
    clerk.submit(f"{path}/rows", who2="else")
    clerk.get(path)
    clerk.submit(f"{path}/bring-in")
    assert people() == 2


def test_what_a_workbook_leaves_in_doubt_is_checked_once(clerk):
    book = workbook(["Name", "Pronouns"], ["Jo Avery", "they"], ["Casey Cruz", None])
    book.active.merge_cells("B2:B3")
    columns = send(clerk, saved(book), "people.xlsx").location
    clerk.follow()
    path = clerk.submit(columns).location
    page = clerk.follow().page
    assert "B2:B3 are merged into one cell" in page.words
    clerk.submit(f"{path}/rows", ok2="1")
    assert "Import 2 people" in clerk.get(path).page.words


def test_what_would_be_another_is_shown_beside_what_it_was(clerk):
    make.participant(key="p-7", name="Jordan Avery", language="en", phone="+12025550177")
    path = begun(clerk, "Key,Language,Phone\np-7,Spanish,202-555-0123\n")
    page = clerk.follow().page
    assert (page.texts("s"), page.texts("b")[2:]) == (
        ["English", "(202) 555-0177"],
        ["Spanish", "(202) 555-0123"],
    )
    assert path in clerk.answer.text


def test_somebody_with_the_same_name_and_phone_is_never_rewritten_unasked(clerk):
    make.participant(name="Jordan Avery", birth_on=date(1990, 3, 9), phone="+12125550101")
    path = begun(clerk, "Name,DOB,Phone\nJordan Avery,2003-08-15,212-555-0101\n")
    page = clerk.follow().page
    assert "has the same name and phone number, but another birth date." in page.words
    assert "Keep the birth date that we have" in page.words
    clerk.submit(f"{path}/rows", who1="1:record")
    assert "nothing to change" in clerk.get(path).page.words
    clerk.submit(f"{path}/rows", who1="else")
    clerk.get(path)
    clerk.submit(f"{path}/bring-in")
    births = db.scalars(select(Participant.birth_on).order_by(Participant.id)).all()
    assert births == [date(1990, 3, 9), date(2003, 8, 15)]


def test_what_changed_meanwhile_is_looked_at_again(clerk):
    path = begun(clerk, "Name,Phone\nJo Avery,202-555-0123\n")
    clerk.follow()
    make.participant(name="Jo Avery", phone="+12025550123")
    page = clerk.submit(f"{path}/bring-in", status=409).page
    assert "The list of participants has changed since you looked at this." in page.words
    assert "Unchanged 1" in page.words
    assert people() == 1


def test_long_lists_have_pages_that_stay(clerk):
    letters = "abcdefghijklmnopqrstuvwxyz"
    names = [f"{one}{two} Avery" for one in letters for two in letters][:120]
    path = begun(clerk, "Name,Phone\n" + "".join(f"Jo{name},\n" for name in names))
    page = clerk.follow().page
    assert "Page 1 of 3" in page.words
    page = clerk.get(f"{path}?show=add&page=3").page
    assert len(page.all("li", class_="intake-row")) == 20
    assert clerk.submit(f"{path}/rows").location == f"{path}?show=add&page=3"
    assert "Page 3 of 3" in clerk.get(f"{path}?show=nonsense&page=99").page.words
    assert "Page 1 of 3" in clerk.get(f"{path}?page=-7").page.words


def test_the_preview_needs_as_many_statements_for_one_row_as_for_many(clerk, queries):
    numbers = []
    for many in (1, 20):
        rows = [["Name"], *[[f"Jo {chr(97 + number)}"] for number in range(many)]]
        upload = make.upload(clerk.account, *rows)
        make.saved()
        with queries() as count:
            clerk.get(f"{HERE}/{upload.id}")
            numbers.append(count())
    assert numbers[0] == numbers[1] <= 12


def test_ten_thousand_rows_are_looked_at(clerk):
    rows = "".join(f"Jo {number:05d}a Avery,1990-03-09\n" for number in range(10_000))
    begun(clerk, f"Name,DOB\n{rows}")
    assert "To add 10000" in clerk.follow().page.words


def test_two_people_who_bring_in_the_same_list_at_once_add_everybody_once(app, now, signed_in):
    make.organization()
    everybody = [signed_in("coordinator"), signed_in("admin")]
    presses = []
    for pages in everybody:
        path = begun(pages, "Name,DOB\nJo Avery,1990-03-09\nCasey Cruz,1991-04-10\n")
        seen = pages.follow().page.value("seen")
        data = {"seen": seen, "csrf_token": pages.token()}
        presses.append((pages.client, f"{path}/bring-in", data))

    def press(number):
        client, path, data = presses[number]
        return client.post(path, data=data).status_code

    assert sorted(race(app, lambda: press(0), lambda: press(1))) == [302, 409]
    assert people() == 2


def test_a_button_that_is_pressed_twice_at_once_adds_everybody_once(app, clerk):
    path = begun(clerk, "Name,DOB\nJo Avery,1990-03-09\n")
    data = {"seen": clerk.follow().page.value("seen"), "csrf_token": clerk.token()}
    copies = [clerk, clerk.on(app)]
    copies[1].get(path)
    tokens = [data | {"csrf_token": pages.token()} for pages in copies]

    def press(number):
        return copies[number].client.post(f"{path}/bring-in", data=tokens[number]).status_code

    assert race(app, lambda: press(0), lambda: press(1)) == [302, 302]
    assert people() == 1


def test_check_ins_go_on_while_a_list_is_worked_out(clerk, pages, monkeypatch):
    make.kiosk_device()
    participant = make.participant(name="Casey Cruz", pin="482913")
    make.booking(make.session("2026-03-04", "12:00", "13:00"), make.enrollment(participant))
    rows = "".join(f"Jo {number:03d}a Avery,1990-03-09\n" for number in range(300))
    path = begun(clerk, f"Name,DOB\n{rows}")
    data = {"seen": clerk.follow().page.value("seen"), "csrf_token": clerk.token()}
    results, prepare = [], actions.prepare

    def check_in():
        tap = {"id": str(uuid4()), "pin": "482913", "at": "2026-03-04T12:00:00-05:00"}
        headers = {"Authorization": "Bearer a-device-key"}
        answer = pages.client.post("/kiosk/check-ins", json={"check_ins": [tap]}, headers=headers)
        return answer.json["results"][0]["result"]

    def prepare_while_somebody_checks_in(*args, **kwargs):
        prepared = prepare(*args, **kwargs)
        tap = Thread(target=lambda: results.append(check_in()))
        tap.start()
        tap.join(timeout=30)
        results.append("waits" if tap.is_alive() else "went on")
        return prepared

    assert check_in() == "checked_in"
    monkeypatch.setattr(actions, "prepare", prepare_while_somebody_checks_in)
    assert clerk.client.post(f"{path}/bring-in", data=data).status_code == 302
    # Once: with nothing but taps that change nothing, nobody waits while it is worked out.
    assert (people(), results) == (301, ["already_checked_in", "went on"])


# What nobody goes on with


def test_the_tick_forgets_lists_after_a_day(clerk, now, command):
    make.upload(clerk.account, uploaded_at=now - timedelta(days=1))
    command("tick")
    assert db.scalar(select(func.count(Upload.id))) == 0


def test_nothing_of_a_list_is_logged(clerk, caplog):
    send(clerk, b"Name\n" + b"Jo Avery," * 200 + b"\n", status=422)
    begun(clerk, "Name,DOB\nJo Avery,never\n")
    assert "Avery" not in caplog.text
