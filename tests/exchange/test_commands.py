"""Files in and records out on the command line, as the contract has it."""

import csv
import io
import json

import flask_migrate
import pytest
from sqlalchemy import select

from clinic import bulk
from clinic.accounts.models import Staff
from clinic.cli import files
from clinic.db import db
from clinic.enrollment.models import Amendment
from clinic.participants.models import Participant
from clinic.programs.models import Program
from clinic.schedule.models import Booking, Session, Status
from tests import make
from tests.dump import changed, dump
from tests.exchange.files import ABSENT, RIVERSIDE, one_off, riverside, text_of

GROUP = "evening-process"


@pytest.fixture
def monday(app, at):
    return at("2026-03-02 10:00")


@pytest.fixture
def written(tmp_path):
    """Write a file; gives its path as one types it."""

    def write(name, content):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return str(path)

    return write


@pytest.fixture
def imported(monday, command, written):
    command("import", "clinic", written("riverside.yaml", RIVERSIDE))


def rows(result):
    return list(csv.DictReader(io.StringIO(result.stdout)))


# Clinic files


def test_a_clinic_comes_in_and_a_second_time_changes_nothing(monday, command, written):
    path = written("riverside.yaml", RIVERSIDE)
    assert command("import", "clinic", path).stdout.splitlines() == [
        "organization: 1 created, 0 changed, 0 unchanged",
        "sites: 1 created, 0 changed, 0 unchanged",
        "rooms: 1 created, 0 changed, 0 unchanged",
        "programs: 1 created, 0 changed, 0 unchanged",
        "closures: 1 created, 0 changed, 0 unchanged",
        "sessions: 110 created, 0 changed, 0 unchanged",
        "staff: 1 created, 0 changed, 0 unchanged",
        "participants: 1 created, 0 changed, 0 unchanged",
        "series: 2 created, 0 changed, 0 unchanged",
        "enrollments: 1 created, 0 changed, 0 unchanged",
        "rosters: 2 created, 0 changed, 0 unchanged",
        "all: 122 created, 0 changed, 0 unchanged",
    ]
    before = dump()
    again = command("import", "clinic", path).stdout.splitlines()
    assert again[-1] == "all: 0 created, 0 changed, 13 unchanged"
    assert changed(before, dump()) == set()


def test_the_database_looks_at_its_tables_anew_after_many_things_came_in(
    monday, command, written, monkeypatch
):
    looks = []
    monkeypatch.setattr(files, "analyze", lambda: looks.append(db().in_transaction()))
    path = written("riverside.yaml", RIVERSIDE)
    monkeypatch.setattr(files, "MANY", 122)
    command("import", "clinic", path)
    assert looks == [False]  # once all is kept
    command("import", "clinic", path)
    assert len(looks) == 1


def test_a_file_may_begin_with_a_mark_and_end_its_lines_in_either_way(monday, command, written):
    text = "\ufeff" + RIVERSIDE.replace("\n", "\r\n")
    command("import", "clinic", written("windows.yaml", text))
    assert db.scalars(select(Program.key)).one() == "evening"


def test_every_problem_is_a_line_with_file_and_path_and_nothing_is_written(
    monday, command, written
):
    path = written(
        "bad.yaml",
        text_of(
            riverside(
                {
                    "programs[0].site": "nowhere",
                    "series[0].leaders[0]": "nobody",
                    "enrollments[0].clinician": "nobody",
                }
            )
        ),
    )
    before = dump()
    result = command("import", "clinic", path, status=2)
    assert result.stdout == ""
    assert result.stderr.splitlines() == [
        f"{path}:programs[0].site: there is no site nowhere",
        f"{path}:series[0].leaders[0]: there is no staff member nobody",
        f"{path}:enrollments[0].clinician: there is no staff member nobody",
    ]
    assert changed(before, dump()) == set()


def test_a_problem_found_late_leaves_nothing_either(monday, command, written):
    at_once = {"date": make._day("2026-03-03"), "start": "20:00", "end": "22:00"}
    clash = one_off("clash", leaders=["rivera"], **at_once)
    path = written("clash.yaml", text_of(riverside(sessions=[clash])))
    before = dump()
    result = command("import", "clinic", path, status=2)
    assert result.stderr == (
        f"{path}:sessions[1]: Ana Rivera is wanted twice: evening-process and clash"
        " are at the same time on Tue, Mar 3.\n"
    )
    assert changed(before, dump()) == set()


def test_a_file_that_changes_weeks_that_are_over_gives_its_reason(imported, command, written):
    path = written("more.yaml", text_of(riverside({"enrollments[0].weekly_hours.min": 10})))
    before = dump()
    result = command("import", "clinic", path, status=2)
    assert result.stderr == (
        f"{path}:enrollments[0].weekly_hours: This changes past weeks. Say why: the reason is"
        " kept with the enrollment as an amendment. (--reason TEXT)\n"
    )
    assert changed(before, dump()) == set()
    command("import", "clinic", path, "--reason", "as on the paper sheets")
    assert db.scalars(select(Amendment.reason)).all() == ["as on the paper sheets"]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("", "line 1: this is not a clinic file: it must begin with clinic: 1"),
        ("clinic: 1\nclinic: 1\n", "line 2: clinic is written twice"),
        (b"clinic: 1\nname: \xe9\n", "is not UTF-8 text"),
        (RIVERSIDE.replace("clinic: 1", "clinic: 2"), "clinic: must be one of 1"),
        (
            RIVERSIDE.replace('start: "18:00"', "start: 18:00"),
            (
                'series[0].start: must be a quoted time like "18:00";'
                " unquoted, YAML read it as the number 1080"
            ),
        ),
    ],
)
def test_what_is_no_clinic_file_is_bad_input(monday, command, written, content, problem):
    path = written("clinic.yaml", content)
    before = dump()
    for _ in range(2):
        assert command("import", "clinic", path, status=2).stderr == f"{path}:{problem}\n"
    assert changed(before, dump()) == set()


@pytest.mark.parametrize("what", ["clinic", "attendance"])
def test_a_file_that_is_not_there_is_bad_input(monday, command, tmp_path, what):
    path = tmp_path / "nowhere"
    result = command("import", what, str(path), status=2)
    assert result.stderr == f"{path}:cannot be read: No such file or directory\n"


@pytest.mark.parametrize("what", ["clinic", "attendance"])
def test_a_database_that_is_behind_is_refused_before_anything_else(monday, command, database, what):
    flask_migrate.stamp(revision="base")
    try:
        result = command("import", what, "nowhere.yaml", status=1)
    finally:
        flask_migrate.stamp()
    assert result.stderr == "The database is not up to date. Run `flask db upgrade` first.\n"


# Attendance files


def test_history_comes_in_and_a_second_time_changes_nothing(imported, command, written):
    path = written(
        "history.csv",
        "\ufeffenrollment,series,date,status,arrived,left,reason\r\n"
        f"e-001,{GROUP},2026-01-12,present,18:05,,traffic\r\n"
        f"e-001,{GROUP},2026-01-13,no-show,,,\r\n"
        "e-001,intake-jo,2026-01-12,present,,,\r\n",
    )
    result = command("import", "attendance", path)
    assert result.stdout == "attendance: 3 recorded, 0 unchanged\n"
    before = dump()
    result = command("import", "attendance", path)
    assert result.stdout == "attendance: 0 recorded, 3 unchanged\n"
    assert changed(before, dump()) == set()


def test_how_far_a_long_file_has_come_is_told_beside_the_outcome(
    imported, command, written, monkeypatch
):
    monkeypatch.setattr(bulk, "MANY", 2)
    lines = [f"e-001,{GROUP},2026-01-{day},no-show,,,\n" for day in (12, 13, 19)]
    path = written(
        "history.csv", "enrollment,series,date,status,arrived,left,reason\n" + "".join(lines)
    )
    result = command("import", "attendance", path)
    assert result.stdout == "attendance: 3 recorded, 0 unchanged\n"
    assert result.stderr == "attendance: 2 of 3 …\n"


def test_every_bad_line_is_told_and_nothing_is_written(imported, command, written):
    path = written(
        "history.csv",
        "enrollment,series,date,status,arrived,left,reason\n"
        f"e-001,{GROUP},2026-01-12,present,,,\n"
        f"e-001,{GROUP},2026-01-14,present,,,\n"
        f"e-002,{GROUP},2026-01-13,present,,,\n",
    )
    before = dump()
    result = command("import", "attendance", path, status=2)
    assert result.stderr.splitlines() == [
        f"{path}:line 3: there is no session of {GROUP} on 2026-01-14",
        f"{path}:line 4: e-002 is not on the roster of {GROUP} on 2026-01-13",
    ]
    assert changed(before, dump()) == set()
    shapeless = written("shapeless.csv", "enrollment,series\n")
    assert command("import", "attendance", shapeless, status=2).stderr == (
        f"{shapeless}:line 1: the columns must be"
        " enrollment,series,date,status,arrived,left,reason\n"
    )


# Records


def test_sessions_go_out_as_csv_in_the_columns_of_the_contract(imported, command):
    result = command("export", "sessions", "--from", "2026-01-12", "--until", "2026-01-13")
    group = "evening-process,Process group,group,evening,room-1,rivera,scheduled,1,12,180"
    intake = "intake-jo,Intake,individual,afternoon,room-1,rivera,scheduled,1,1,60"
    assert result.stdout.splitlines() == [
        "start,end,series,title,kind,day_part,room,leaders,status,booked,seats,credit_minutes",
        f"2026-01-12T15:00:00-05:00,2026-01-12T16:00:00-05:00,{intake}",
        f"2026-01-12T18:00:00-05:00,2026-01-12T21:00:00-05:00,{group}",
        f"2026-01-13T18:00:00-05:00,2026-01-13T21:00:00-05:00,{group}",
    ]


def test_a_closed_day_goes_out_as_cancelled_with_its_roster(imported, command, written):
    prolonged = riverside({"enrollments[0].until": ABSENT, "enrollments[0].key": "e-002"})
    prolonged["enrollments"][0] |= {"participant": "p-002"}
    prolonged["participants"] = [{"key": "p-002", "name": "Blake Lee"}]
    del prolonged["sessions"]
    prolonged["enrollments"][0]["series"] = [GROUP]
    command("import", "clinic", written("more.yaml", text_of(prolonged)))
    day = "2026-05-25"
    (row,) = rows(command("export", "sessions", "--from", day, "--until", day))
    assert [row[name] for name in ("series", "status", "booked")] == [GROUP, "cancelled", "1"]


@pytest.mark.parametrize(
    "words",
    [
        ("sessions", "--from", "2026-01-12", "--until", "2026-03-08"),
        ("attendance", "--from", "2026-01-12", "--until", "2026-03-08"),
        ("hours", "--week", "2026-01-12"),
    ],
)
def test_json_has_the_same_records_as_csv(imported, command, words):
    as_csv = rows(command("export", *words))
    as_json = json.loads(command("export", *words, "--format", "json").stdout)
    assert len(as_csv) > 0
    assert [{name: str(value) for name, value in row.items()} for row in as_json] == as_csv
    assert [list(row) for row in as_json] == [list(row) for row in as_csv]


def test_attendance_goes_out_in_the_columns_of_the_contract(imported, command, written):
    path = written(
        "history.csv",
        "enrollment,series,date,status,arrived,left\n"
        f"e-001,{GROUP},2026-01-12,present,18:30,20:30\n"
        f"e-001,{GROUP},2026-01-13,late-cancel,,\n",
    )
    command("import", "attendance", path)
    result = command("export", "attendance", "--from", "2026-01-12", "--until", "2026-01-15")
    assert result.stdout.splitlines() == [
        (
            "start,series,enrollment,participant,status,arrived,left,delivered_minutes,method,"
            "signed_off,mode,identity,topic,held_from,held_until"
        ),
        "2026-01-12T15:00:00-05:00,intake-jo,e-001,p-001,expected,,,0,,,,,,,",
        (
            "2026-01-12T18:00:00-05:00,evening-process,e-001,p-001,present,"
            "2026-01-12T18:30:00-05:00,2026-01-12T20:30:00-05:00,120,import,"
            "2026-03-02T10:00:00-05:00,in_person,,,,"
        ),
        (
            "2026-01-13T18:00:00-05:00,evening-process,e-001,p-001,late-cancel,,,0,import,"
            "2026-03-02T10:00:00-05:00,,,,,"
        ),
        "2026-01-15T18:00:00-05:00,evening-process,e-001,p-001,expected,,,0,,,,,,,",
    ]


HOURS = (
    "week,enrollment,participant,program,min_minutes,max_minutes,planned_minutes,"
    "delivered_minutes,unconfirmed_minutes,upcoming_minutes,reachable_minutes,service_days,state"
)


@pytest.mark.parametrize(
    ("as_of", "figures"),
    [
        ((), "600,120,420,0,540,1,unconfirmed"),  # March: the week is over
        # Until Wednesday they could take the individual hour that nobody has then.
        (("--as-of", "2026-01-11T23:00"), "600,0,0,600,660,0,on_course"),
        (("--as-of", "2026-01-13T20:59"), "600,120,60,360,600,1,on_course"),
        (("--as-of", "2026-01-13T21:00"), "600,120,240,180,600,1,on_course"),
        (("--as-of", "2026-01-13T18:00-08:00"), "600,120,240,180,600,1,on_course"),
    ],
)
def test_hours_go_out_as_of_any_instant(imported, command, written, as_of, figures):
    path = written(
        "history.csv",
        "enrollment,series,date,status,arrived,left\n"
        f"e-001,{GROUP},2026-01-12,present,18:30,20:30\n",
    )
    command("import", "attendance", path)
    header, line = command("export", "hours", "--week", "2026-01-12", *as_of).stdout.splitlines()
    assert header == HOURS
    assert line == f"2026-01-12,e-001,p-001,evening,540,720,{figures}"


def test_hours_can_be_those_of_one_program(imported, command):
    week = ("export", "hours", "--week", "2026-01-12")
    assert len(rows(command(*week, "--program", "evening"))) == 1
    make.program(key="day")
    assert rows(command(*week, "--program", "day")) == []


def test_a_week_begins_on_the_organizations_first_day(imported, command):
    make.organization(week_starts=6)
    result = command("export", "hours", "--week", "2026-01-12", status=2)
    assert result.stderr == "--week 2026-01-12: begins no week; 2026-01-11 does.\n"


def test_texts_that_would_be_formulas_are_guarded_in_csv_alone(imported, command):
    session = make.session("2026-03-06", title="=1+1", key="@x", leaders=[])
    make.booking(session)
    day = ("--from", "2026-03-06", "--until", "2026-03-06")
    (row,) = rows(command("export", "sessions", *day))
    assert (row["title"], row["series"]) == ("'=1+1", "'@x")
    (row,) = json.loads(command("export", "sessions", *day, "--format", "json").stdout)
    assert (row["title"], row["series"]) == ("=1+1", "@x")
    (row,) = rows(command("export", "attendance", *day))
    assert row["series"] == "'@x"


def test_names_go_out_in_utf_8(imported, command):
    make.session("2026-03-06", title="Réunion 集団", key="picnic")
    day = ("--from", "2026-03-06", "--until", "2026-03-06")
    for words in (day, (*day, "--format", "json")):
        result = command("export", "sessions", *words)
        assert "Réunion 集団" in result.stdout_bytes.decode("utf-8")


@pytest.mark.parametrize(
    "words",
    [
        ("sessions", "--from", "2026-03-02"),
        ("sessions", "--from", "2026-03-02", "--until", "2026-03-08", "--format", "xml"),
        ("hours",),
        ("attendance", "--until", "2026-03-08"),
    ],
)
def test_missing_and_unknown_options_are_bad_input(imported, command, words):
    assert command("export", *words, status=2).stdout == ""


def test_an_export_changes_nothing(imported, command):
    before = dump()
    for words in (
        ("sessions", "--from", "2026-03-02", "--until", "2026-03-08"),
        ("attendance", "--from", "2026-03-02", "--until", "2026-03-08"),
        ("hours", "--week", "2026-03-02"),
    ):
        command("export", *words)
    assert changed(before, dump()) == set()


WRITTEN = "\ufeffJose\u0301  A\xadve\u200bry\u200e"


def test_a_name_is_the_same_whichever_way_it_comes_in(imported, command, signed_in, written):
    command("users", "add", "--email", "jose@example.org", "--name", WRITTEN, "--role", "billing")
    pages = signed_in("coordinator")
    pages.get("/participants/new")
    pages.submit("/participants/new", name=WRITTEN, birth_on="1980-05-06")
    more = riverside({"participants": [{"key": "p-007", "name": WRITTEN}], "enrollments": []})
    command("import", "clinic", written("more.yaml", text_of(more)))
    kept = db.scalars(select(Participant.name).where(Participant.key != "p-001")).all()
    assert kept == ["José Avery"] * 2
    assert "José Avery" in db.scalars(select(Staff.name)).all()
    own = command("export", "clinic").stdout
    before = dump()
    command("import", "clinic", written("own.yaml", own))
    assert changed(before, dump()) == set()
    listed = io.BytesIO(f"Name,DOB\n{WRITTEN},1980-05-06".encode())
    pages.get("/participants/import")
    columns = pages.post("/participants/import", {"file": (listed, "people.csv")}).location
    pages.follow()
    pages.submit(columns)
    assert "There is nobody to add and nothing to change." in pages.follow().page.words


# Periodic work


def test_tick_books_the_roster_into_what_it_adds(imported, command, at, written):
    open_ended = riverside({"enrollments[0].until": ABSENT, "enrollments[0].key": "e-002"})
    open_ended["enrollments"][0] |= {"participant": "p-002", "series": ["individual-jo"]}
    open_ended["participants"] = [{"key": "p-002", "name": "Blake Lee"}]
    open_ended["series"][1] |= {"seats": 2}
    del open_ended["sessions"]
    command("import", "clinic", written("more.yaml", text_of(open_ended)))
    at("2026-03-04 00:00")
    command("tick")
    last = db.scalars(select(Session).order_by(Session.starts_at.desc())).first()
    booking = db.scalars(select(Booking).where(Booking.session_id == last.id)).one()
    assert (str(last.day), booking.status, booking.enrollment_id) == (
        "2026-09-02",
        Status.EXPECTED,
        2,
    )
    before = dump()
    command("tick")
    assert changed(before, dump()) == set()


# The clinic out again


def test_a_clinic_comes_out_as_the_file_that_brings_it_in(imported, command, written):
    text = command("export", "clinic").stdout
    assert text.splitlines()[:2] == [
        "clinic: 1",
        "organization: {name: Riverside Recovery, week_starts: monday}",
    ]
    assert "482913" not in text
    again = command("import", "clinic", written("again.yaml", text)).stdout.splitlines()
    assert again[-1] == "all: 0 created, 0 changed, 13 unchanged"
    as_json = command("export", "clinic", "--format", "json").stdout
    assert json.loads(as_json)["organization"]["name"] == "Riverside Recovery"
    again = command("import", "clinic", written("again.json", as_json)).stdout.splitlines()
    assert again[-1] == "all: 0 created, 0 changed, 13 unchanged"


def test_before_there_is_a_clinic_there_is_none_to_export(monday, command):
    result = command("export", "clinic", status=1)
    assert (result.stdout, result.stderr) == ("", "There is no clinic in the database yet.\n")
