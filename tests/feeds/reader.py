"""A calendar file read line by line and by the letter of the standard, sharing no code with what
writes it: whatever is not exactly as it must be fails."""

import re

CALENDAR = {
    "VERSION",
    "PRODID",
    "CALSCALE",
    "METHOD",
    "NAME",
    "X-WR-CALNAME",
    "REFRESH-INTERVAL;VALUE=DURATION",
    "X-PUBLISHED-TTL",
}
ALWAYS = {
    "UID",
    "SEQUENCE",
    "DTSTAMP",
    "LAST-MODIFIED",
    "DTSTART",
    "DTEND",
    "SUMMARY",
    "STATUS",
    "TRANSP",
    "CLASS",
    "DESCRIPTION",
}
SOMETIMES = {"LOCATION", "URL"}
TEXTS = {"SUMMARY", "DESCRIPTION", "LOCATION", "UID"}
TIMES = {"DTSTAMP", "LAST-MODIFIED", "DTSTART", "DTEND"}

Properties = dict[str, str]


def read(body: bytes) -> tuple[Properties, list[Properties]]:
    """The calendar's own properties and each event's; texts without their escapes."""
    lines = unfolded(body)
    assert lines[:3] == ["BEGIN:VCALENDAR", "VERSION:2.0", lines[2]]
    assert lines[2].startswith("PRODID:")
    assert lines[-1] == "END:VCALENDAR"
    first = next((at for at, line in enumerate(lines) if line == "BEGIN:VEVENT"), len(lines) - 1)
    calendar = properties(lines[1:first])
    assert set(calendar) == CALENDAR
    return calendar, list(events(lines[first:-1]))


def unfolded(body: bytes) -> list[str]:
    assert body.endswith(b"\r\n")
    physical = body[:-2].split(b"\r\n")
    whole: list[str] = []
    for octets in physical:
        assert len(octets) <= 75
        line = octets.decode()  # fails where a fold cuts a character
        assert not re.search("[\x00-\x1f\x7f-\x9f\u2028\u2029]", line)
        if line.startswith(" "):
            assert not re.search(r"(?<!\\)(\\\\)*\\$", whole[-1]), "folded inside an escape"
            whole[-1] += line[1:]
        else:
            whole.append(line)
    return whole


def events(lines: list[str]):
    while lines:
        assert lines[0] == "BEGIN:VEVENT"
        end = lines.index("END:VEVENT")
        event = properties(lines[1:end])
        assert ALWAYS <= set(event) <= ALWAYS | SOMETIMES
        for name in TIMES:
            assert re.fullmatch(r"\d{8}T\d{6}Z", event[name])
        assert event["SEQUENCE"].isdecimal()
        yield {name: text(value) if name in TEXTS else value for name, value in event.items()}
        lines = lines[end + 1 :]


def properties(lines: list[str]) -> Properties:
    found: Properties = {}
    for line in lines:
        name, value = re.fullmatch(r"([A-Z-]+(?:;[A-Z]+=[A-Z]+)?):(.*)", line).groups()
        assert name not in found
        found[name] = value
    return found


def text(escaped: str) -> str:
    assert re.fullmatch(r"(?:[^\\,;]|\\[\\,;n])*", escaped)
    return re.sub(r"\\(.)", lambda pair: "\n" if pair[1] == "n" else pair[1], escaped)
