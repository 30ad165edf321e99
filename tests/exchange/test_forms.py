from datetime import date, time

import pytest
import yaml

from clinic.errors import BadInput
from clinic.exchange import forms
from clinic.exchange.rules.words import Quoted
from clinic.permissions import Role
from clinic.programs.models import Kind, Level, Population
from clinic.schedule.models import Mode, Status
from tests.exchange.files import ABSENT, RIVERSIDE, riverside, shape_of, text_of


def problems(text):
    with pytest.raises(BadInput) as bad:
        forms.read_clinic_file(text)
    return list(bad.value.problems)


def problems_of(changes):
    return problems(text_of(riverside(changes)))


# What a clinic file says


def test_the_example_of_the_contract_is_read_whole():
    file = forms.read_clinic_file(RIVERSIDE)
    assert (file.clinic, file.organization.name, file.organization.week_starts) == (
        1,
        "Riverside Recovery",
        "monday",
    )
    assert (file.sites[0].timezone, file.sites[0].rooms[0].seats) == ("America/New_York", 14)
    assert file.staff[0].role_set == {Role.CLINICIAN}
    program = file.programs[0]
    assert (program.level, program.population, program.weekly_hours.minutes) == (
        Level.INTENSIVE_OUTPATIENT,
        Population.ADULT,
        (540, 720),
    )
    group = file.series[0]
    assert (group.kind, group.mode, group.weekdays, group.starts, group.from_on) == (
        Kind.GROUP,
        Mode.IN_PERSON,
        "013",
        time(18),
        date(2026, 1, 5),
    )
    enrollment = file.enrollments[0]
    assert [(place.key, place.from_on, place.until_on) for place in enrollment.series] == [
        ("evening-process", None, None),
        ("individual-jo", date(2026, 1, 19), None),
    ]
    assert (enrollment.status, enrollment.transition_weeks) == ("active", [date(2026, 3, 2)])
    assert file.sessions[0].enrollments == ["e-001"]


@pytest.mark.parametrize(
    "path",
    [
        "organization.week_starts",
        "sites[0].rooms",
        "sites[0].rooms[0].name",
        "staff",
        "staff[0].credentials",
        "staff[0].roles",
        "staff[0].email",
        "programs",
        "programs[0].service_days",
        "programs[0].weeks",
        "programs[0].breaks_count",
        "programs[0].grace_minutes",
        "programs[0].part2",
        "series",
        "series[0].break_minutes",
        "series[0].room",
        "series[0].leaders",
        "series[0].every_weeks",
        "series[0].until",
        "closures",
        "participants",
        "participants[0].preferred_name",
        "participants[0].birth_date",
        "participants[0].email",
        "participants[0].pin",
        "enrollments",
        "enrollments[0].until",
        "enrollments[0].clinician",
        "enrollments[0].weekly_hours",
        "enrollments[0].unavailable",
        "enrollments[0].series",
        "enrollments[0].series[1].from",
        "enrollments[0].status",
        "enrollments[0].targets",
        "enrollments[0].leave",
        "enrollments[0].leave[0].reason",
        "enrollments[0].transition_weeks",
        "sessions",
        "sessions[0].room",
        "sessions[0].leaders",
        "sessions[0].enrollments",
    ],
)
def test_what_is_optional_can_be_left_out(path):
    assert shape_of(riverside({path: ABSENT}))


@pytest.mark.parametrize(
    "path",
    [
        "clinic",
        "organization",
        "organization.name",
        "sites",
        "sites[0].key",
        "sites[0].name",
        "sites[0].timezone",
        "sites[0].rooms[0].key",
        "sites[0].rooms[0].seats",
        "staff[0].key",
        "staff[0].name",
        "programs[0].key",
        "programs[0].name",
        "programs[0].site",
        "programs[0].level",
        "programs[0].population",
        "programs[0].weekly_hours",
        "programs[0].weekly_hours.min",
        "programs[0].weekly_hours.max",
        "series[0].key",
        "series[0].program",
        "series[0].title",
        "series[0].kind",
        "series[0].days",
        "series[0].start",
        "series[0].end",
        "series[0].seats",
        "series[0].from",
        "closures[0].site",
        "closures[0].from",
        "closures[0].until",
        "closures[0].name",
        "participants[0].key",
        "participants[0].name",
        "enrollments[0].key",
        "enrollments[0].participant",
        "enrollments[0].program",
        "enrollments[0].from",
        "enrollments[0].series[1].key",
        "enrollments[0].unavailable[0].days",
        "enrollments[0].unavailable[0].start",
        "enrollments[0].targets[0].from",
        "enrollments[0].targets[0].weekly_hours",
        "enrollments[0].leave[0].from",
        "enrollments[0].leave[0].until",
        "sessions[0].key",
        "sessions[0].program",
        "sessions[0].title",
        "sessions[0].kind",
        "sessions[0].date",
        "sessions[0].start",
        "sessions[0].end",
    ],
)
def test_what_is_required_is_missed(path):
    assert problems_of({path: ABSENT}) == [f"{path}: is missing"]


@pytest.mark.parametrize(
    "place",
    [
        "",
        "organization.",
        "sites[0].",
        "sites[0].rooms[0].",
        "staff[0].",
        "programs[0].",
        "programs[0].weekly_hours.",
        "programs[0].service_days.",
        "series[0].",
        "closures[0].",
        "participants[0].",
        "enrollments[0].",
        "enrollments[0].series[1].",
        "enrollments[0].unavailable[0].",
        "enrollments[0].targets[0].",
        "enrollments[0].leave[0].",
        "sessions[0].",
    ],
)
def test_an_unknown_key_is_an_error_everywhere(place):
    assert problems_of({f"{place}colour": "red"}) == [f"{place}colour: is not known here"]


UNQUOTED = 'must be a quoted time like "18:00"; unquoted, YAML read it as the number {}'
QUOTE = "must be text; put it in quotes"
TIME = 'must be a time like "18:00"'
DAY = "must be a day like 2026-03-09"


@pytest.mark.parametrize(
    ("path", "value", "sentence"),
    [
        ("clinic", 2, "must be one of 1"),
        ("clinic", "1", "must be one of 1"),
        ("organization.name", " ", "must not be empty"),
        ("organization.name", 7, QUOTE),
        ("organization.name", "two\nlines", "must be one line without control characters"),
        (
            "organization.week_starts",
            "mon",
            "must be one of monday, tuesday, wednesday, thursday, friday, saturday or sunday",
        ),
        ("sites", [], "must not be empty"),
        ("sites", None, "must be a list"),
        ("sites[0]", "main", "must be a mapping"),
        ("sites[0].key", "main street", "must not hold spaces or semicolons"),
        ("sites[0].key", "main;street", "must not hold spaces or semicolons"),
        (
            "sites[0].timezone",
            "America/Gotham",
            "America/Gotham is no time zone; write one like America/New_York",
        ),
        (
            "sites[0].timezone",
            "../../etc/passwd",
            "../../etc/passwd is no time zone; write one like America/New_York",
        ),
        ("sites[0].rooms[0].seats", 0, "must be at least 1"),
        ("sites[0].rooms[0].seats", 1001, "must be at most 1000"),
        ("sites[0].rooms[0].seats", 1.5, "must be a whole number"),
        ("sites[0].rooms[0].seats", "many", "must be a whole number"),
        (
            "staff[0].roles[0]",
            "boss",
            "must be one of admin, coordinator, clinician, front_desk, billing or auditor",
        ),
        ("staff[0].email", "rivera", "rivera is no e-mail address"),
        ("staff[0].email", "ana rivera@example.org", "ana rivera@example.org is no e-mail address"),
        ("programs[0].level", "3", "must be one of 1, 2.1, 2.5 or aftercare"),
        ("programs[0].population", "child", "must be one of adult or adolescent"),
        ("programs[0].weekly_hours", 9, "must be a mapping"),
        ("programs[0].weekly_hours.min", "nine", "must be a number"),
        ("programs[0].weekly_hours.min", -1, "must be at least 0"),
        ("programs[0].weekly_hours.max", 169, "must be at most 168"),
        ("programs[0].weekly_hours.max", float("nan"), "must be at most 168"),
        ("programs[0].service_days.min", 8, "must be at most 7"),
        ("programs[0].weeks", 0, "must be at least 1"),
        ("programs[0].breaks_count", "perhaps", "must be true or false"),
        ("programs[0].grace_minutes", -5, "must be at least 0"),
        (
            "series[0].kind",
            "class",
            "must be one of group, individual, family, education or other",
        ),
        ("series[0].days", [], "must not be empty"),
        ("series[0].days", ["mon", "tue", "mon"], "names a day twice"),
        ("series[0].days[1]", "tuesday", "must be one of mon, tue, wed, thu, fri, sat or sun"),
        ("series[0].start", "6 pm", TIME),
        ("series[0].start", "24:00", TIME),
        ("series[0].start", "9:00", TIME),
        ("series[0].start", "٠٩:00", TIME),
        ("series[0].start", 18.5, 'must be a quoted time like "18:00"'),
        ("series[0].mode", "remote", "must be one of in_person, virtual or hybrid"),
        ("series[0].every_weeks", 0, "must be at least 1"),
        ("series[0].from", "2026-02-30", DAY),
        ("series[0].from", "5/1/2026", DAY),
        ("series[0].from", "20260105", DAY),
        ("series[0].from", "2026-W02-1", DAY),
        ("series[0].from", 2026, DAY),
        ("series[0].until", date(9999, 12, 31), "9999-12-31 lies outside the years 1900 to 2199"),
        ("series[0].from", date(1026, 1, 5), "1026-01-05 lies outside the years 1900 to 2199"),
        (
            "participants[0].pin",
            482913,
            "must be quoted: unquoted, a PIN loses its leading zeros",
        ),
        ("participants[0].pin", "12", "A PIN is 4 to 10 digits."),
        ("participants[0].pin", "0000", "A PIN of one repeated digit is too easy to guess."),
        ("participants[0].email", "jo@example", "jo@example is no e-mail address"),
        (
            "enrollments[0].status",
            "gone",
            "must be one of planned, active, completed, transferred, left or discharged",
        ),
        ("enrollments[0].series[0]", 5, "must be a mapping"),
        (
            "enrollments[0].transition_weeks",
            [date(2026, 2, 16), date(2026, 2, 23), date(2026, 3, 2)],
            "may hold at most 2",
        ),
    ],
)
def test_each_value_that_makes_no_sense_gets_a_sentence_at_its_place(path, value, sentence):
    assert problems_of({path: value}) == [f"{path}: {sentence}"]


@pytest.mark.parametrize("name", ["start", "end"])
def test_an_unquoted_time_is_told_what_yaml_made_of_it(name):
    quoted = {"start": '"18:00"', "end": '"21:00"'}[name]
    number = {"start": 1080, "end": 1260}[name]
    text = RIVERSIDE.replace(f"{name}: {quoted}", f"{name}: {quoted[1:-1]}", 1)
    assert problems(text) == [f"series[0].{name}: {UNQUOTED.format(number)}"]


def test_an_unquoted_day_that_does_not_exist_is_told_at_its_place():
    text = RIVERSIDE.replace("from: 2026-01-12", "from: 2026-02-30")
    assert problems(text) == [f"enrollments[0].from: {DAY}"]


def test_an_unquoted_pin_with_a_leading_zero_is_told():
    assert problems(RIVERSIDE.replace('"482913"', "012345")) == [
        "participants[0].pin: must be quoted: unquoted, a PIN loses its leading zeros"
    ]


def test_addresses_are_read_in_lower_case_and_texts_trimmed():
    file = shape_of(
        riverside({"participants[0].email": "Jo@Example.ORG", "staff[0].name": "  Ana Rivera "})
    )
    assert (file.participants[0].email, file.staff[0].name) == ("jo@example.org", "Ana Rivera")


def test_a_level_may_be_unquoted():
    file = forms.read_clinic_file(RIVERSIDE.replace('level: "2.1"', "level: 2.1"))
    assert file.programs[0].level is Level.INTENSIVE_OUTPATIENT


def test_all_problems_are_told_at_once():
    assert problems_of(
        {
            "clinic": 2,
            "sites[0].timezone": "Mars",
            "series[1].start": 1080,
            "participants[0].pin": "12",
            "sessions[0].colour": "red",
        }
    ) == [
        "clinic: must be one of 1",
        "sites[0].timezone: Mars is no time zone; write one like America/New_York",
        f"series[1].start: {UNQUOTED.format(1080)}",
        "participants[0].pin: A PIN is 4 to 10 digits.",
        "sessions[0].colour: is not known here",
    ]


# What is not even a clinic file

NOT_ONE = "line 1: this is not a clinic file: it must begin with clinic: 1"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", NOT_ONE),
        ("# nothing but a comment\n", NOT_ONE),
        ("- clinic: 1\n", NOT_ONE),
        ("Riverside", NOT_ONE),
        ("clinic: [1\n", None),
        ("clinic: 1\n\tname: x\n", None),
        (
            "clinic: 1\n---\nclinic: 1\n",
            "line 2: expected a single document in the stream, but found another document",
        ),
        ("clinic: 1\nname: \x00\n", "line 2: holds a character that no text has"),
        ("clinic: 1\nclinic: 1\n", "line 2: clinic is written twice"),
        (
            "clinic: 1\norganization: {name: A, name: B}\n",
            "line 2: name is written twice",
        ),
        ("clinic: 1\n? [a, b]\n: c\n", None),
        ("clinic: !!python/object:os.system x\n", None),
        ("clinic: &a [*a]\n", None),
        ("clinic: " + "[" * 600, "line 1: this cannot be read as YAML"),
        ("clinic: " + "9" * 5000, "line 1: this cannot be read as YAML"),
        ("true: 1\n", None),
    ],
)
def test_what_is_no_clinic_file_gets_one_line_each(text, sentence):
    found = problems(text)
    assert [len(problem.splitlines()) for problem in found] == [1] * len(found)
    if sentence is not None:
        assert found == [sentence]


def test_anchors_and_merges_are_plain_yaml():
    text = text_of(riverside()).replace("- key: p-001", "- &jo\n  key: p-001", 1)
    text = text.replace(
        "enrollments:\n", "- {<<: *jo, key: p-002, pin: '1357', email: a@b.cd}\nenrollments:\n", 1
    )
    people = forms.read_clinic_file(text).participants
    assert [(one.key, one.name) for one in people] == [
        ("p-001", "Jordan Avery"),
        ("p-002", "Jordan Avery"),
    ]


def test_the_example_is_what_the_dumper_of_these_tests_writes():
    assert yaml.safe_load(text_of(riverside())) == yaml.safe_load(RIVERSIDE)


# Attendance files

HEADER = "enrollment,series,date,status,arrived,left,reason\n"
LINE = "e-001,evening-process,2026-01-12,present,18:05,20:45,traffic\n"
COLUMNS = f"line 1: the columns must be {HEADER.strip()}"


def read(text):
    return forms.read_attendance_file(text.encode())


def attendance_problems(text):
    with pytest.raises(BadInput) as bad:
        read(text)
    return list(bad.value.problems)


def test_a_line_is_read_with_its_number():
    ((number, line),) = read(HEADER + LINE)
    assert (number, line.model_dump()) == (
        2,
        {
            "enrollment": "e-001",
            "series": "evening-process",
            "date": date(2026, 1, 12),
            "status": Status.PRESENT,
            "arrived": time(18, 5),
            "left": time(20, 45),
            "reason": "traffic",
        },
    )


@pytest.mark.parametrize("status", [each for each in Status if each is not Status.EXPECTED])
def test_each_status_is_read_and_times_may_be_empty(status):
    ((_, line),) = read(f"{HEADER}e-001,evening-process,2026-01-12,{status.value},,,\n")
    assert (line.status, line.arrived, line.left, line.reason) == (status, None, None, None)


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_lines_may_end_in_any_way_and_empty_ones_are_passed_over(line_end):
    text = f"{HEADER}{LINE}\n{LINE}".replace("\n", line_end)
    assert [number for number, _ in read(text)] == [2, 4]


def test_a_quoted_reason_may_hold_commas_and_quotes():
    ((_, line),) = read(HEADER + 'e-001,evening-process,2026-01-12,excused,,,"ill, said ""flu"""\n')
    assert line.reason == 'ill, said "flu"'


def test_columns_may_stand_in_another_order_and_optional_ones_be_left_out():
    ((_, line),) = read(
        "status, date ,series,enrollment\npresent,2026-01-12,evening-process,e-001\n"
    )
    assert (line.enrollment, line.status, line.reason) == ("e-001", Status.PRESENT, None)


@pytest.mark.parametrize(
    "header",
    [
        "",
        "enrollment,series,date\n",
        "enrollment,series,date,status,colour\n",
        "enrollment,series,date,status,status\n",
        "Enrollment,Series,Date,Status\n",
        "enrollment;series;date;colour\n",
        LINE,
    ],
)
def test_a_wrong_header_is_told_the_right_one(header):
    assert attendance_problems(header) == [COLUMNS]


@pytest.mark.parametrize(
    ("line", "sentences"),
    [
        ("e-001,evening-process,2026-01-12,present", ["has fewer fields than the first line"]),
        (
            "e-001,evening-process,2026-01-12,present,,,,x",
            ["has more fields than the first line"],
        ),
        (
            ",,,,,,ill",
            [
                "enrollment: must not be empty",
                "series: must not be empty",
                f"date: {DAY}",
                "status: must be one of present, excused, late-cancel, no-show",
            ],
        ),
        (
            "e-001,evening-process,1/12/2026,Present,,,",
            [
                f"date: {DAY}",
                "status: must be one of present, excused, late-cancel, no-show",
            ],
        ),
        (
            "e-001,evening-process,2026-01-12,expected,,,",
            ["status: must be one of present, excused, late-cancel, no-show"],
        ),
        (
            "e-001,evening-process,2026-01-12,present,6:05,25:00,",
            [f"arrived: {TIME}", f"left: {TIME}"],
        ),
        (
            "e-001,evening-process,2026-01-12,present,20:00,19:00,",
            ["left 19:00 is before arrived 20:00"],
        ),
        (
            "e-001,evening-process,2026-01-12,no-show,18:00,,",
            ["arrived and left are for those present, not no-show"],
        ),
        ('e-001,evening-process,2026-01-12,"pres"ent,,,', None),
        ('e-001,evening-process,2026-01-12,present,,,"open', None),
    ],
)
def test_a_line_that_makes_no_sense_is_told_with_its_number(line, sentences):
    found = attendance_problems(f"{HEADER}{LINE}{line}\n")
    assert {problem.split(":")[0] for problem in found} == {"line 3"}
    if sentences is not None:
        assert found == [f"line 3: {sentence}" for sentence in sentences]


EXCELS = f"""{HEADER.strip()},,
{LINE.strip()},,
,,,,,,,,
e-001,evening-process,2026-01-13,no-show,,,,,
,,,,,,,,
"""


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_list_is_read_as_spreadsheets_write_it(encoding, delimiter):
    text = EXCELS.replace(",", delimiter).replace("traffic", "café").replace("\n", "\r\n")
    read = forms.read_attendance_file(text.encode(encoding))
    assert [(number, line.date, line.reason) for number, line in read] == [
        (2, date(2026, 1, 12), "café"),
        (4, date(2026, 1, 13), None),
    ]


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"PK\x03\x04...", "This is an Excel workbook. Save its sheet as CSV first."),
        (b"%PDF-1.7", "This is a PDF, not a list. Save the list as CSV or .xlsx first."),
        (b"\xff\xfe\x00", "This is not a list: neither CSV nor an Excel workbook (.xlsx)."),
    ],
)
def test_what_is_no_csv_at_all_is_refused_with_what_it_is(data, sentence):
    with pytest.raises(BadInput) as bad:
        forms.read_attendance_file(data)
    assert list(bad.value.problems) == [sentence]


def test_a_header_that_is_no_csv_is_told():
    assert attendance_problems('"enr"ollment,series\n') == [
        "line 1: this is not CSV: ',' expected after '\"'"
    ]


def test_all_lines_are_looked_at():
    text = f"{HEADER}e-001,x,2026-01-12,late,,,\n{LINE}e-001,x,2026-01-12\n"
    assert attendance_problems(text) == [
        "line 2: status: must be one of present, excused, late-cancel, no-show",
        "line 4: has fewer fields than the first line",
    ]


# Writing


def test_short_entries_stand_on_a_line_and_long_ones_do_not():
    week = {"days": ["mon", "wed"], "start": Quoted("08:00"), "end": Quoted("16:00")}
    content = {
        "clinic": 1,
        "organization": {"name": "A: ünïcode", "week_starts": "monday"},
        "staff": [
            {"key": "a", "name": "no", "email": None, "from": date(2026, 1, 5)},
            {"key": "b", "name": "x" * 100, "working_hours": [week], "level": Quoted("2.1")},
        ],
    }
    text = forms.write_clinic_file(content)
    assert text.splitlines() == [
        "clinic: 1",
        "organization: {name: 'A: ünïcode', week_starts: monday}",
        "staff:",
        "- {key: a, name: 'no', email: null, from: 2026-01-05}",
        "- key: b",
        f"  name: {'x' * 100}",
        '  working_hours: [{days: [mon, wed], start: "08:00", end: "16:00"}]',
        '  level: "2.1"',
    ]
    assert yaml.safe_load(text) == content


def test_a_list_is_a_block_however_short_and_nothing_is_an_anchor():
    room = {"key": "a"}
    assert forms.write_clinic_file({"rooms": [room], "more": [room, room]}) == (
        "rooms:\n- {key: a}\nmore:\n- {key: a}\n- {key: a}\n"
    )
