"""Generated clinic files, in the form in which an export has them: nothing said that goes without.

Groups meet at times of their own, in whichever zone, so that nobody and nothing is wanted twice.
"""

from datetime import date, timedelta
from typing import Any

from hypothesis import strategies as st

from clinic.names import one_line

MONDAY = date(2026, 1, 5)
BROUGHT_IN = date(2026, 3, 2)
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
KINDS = ("group", "individual", "family", "education", "other")
texts = (  # in the form in which they are kept
    st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=12)
    .map(one_line)
    .filter(bool)
)
days = st.integers(0, 400).map(lambda number: MONDAY + timedelta(days=number))


def wall(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"


def weekdays(least: int = 1) -> st.SearchStrategy[list[str]]:
    chosen = st.sets(st.integers(0, 6), min_size=least, max_size=3)
    return chosen.map(lambda found: [DAYS[number] for number in sorted(found)])


def some(draw: Any, facts: dict[str, Any]) -> dict[str, Any]:
    """Any of these facts: strategies give their value."""
    return {name: draw(value) for name, value in facts.items() if draw(st.booleans())}


def stretch(draw: Any, first: date, longest: int) -> tuple[date, date]:
    begin = first + timedelta(days=draw(st.integers(0, longest)))
    return begin, begin + timedelta(days=draw(st.integers(0, longest)))


def hours(draw: Any, least: int, most: int) -> dict[str, float]:
    low = draw(st.integers(least * 4, most * 4))
    high = draw(st.integers(low, most * 4))
    return {name: n / 4 if n % 4 else n // 4 for name, n in (("min", low), ("max", high))}


@st.composite
def clinics(draw: Any) -> dict[str, Any]:
    organization = {"name": draw(texts), "week_starts": draw(st.sampled_from(["monday", "sunday"]))}
    organization |= some(
        draw,
        {
            "day_parts": st.just({"afternoon": "11:30", "evening": "24:00"}),
            "doors_minutes": st.integers(0, 10),
            "clinicians_manage_rosters": st.just(False),
            "asks_identity": st.just(True),
            "closing_email": st.just("records@example.org"),
            "phone_check_in": st.sampled_from(["off", "button"]),
            "amendment_minutes": st.integers(0, 10),
            "sends_digest": st.just(False),
            "hold_hours": st.integers(5, 9),
            "excused_use_units": st.just(True),
            "authorization_days": st.integers(0, 9),
            "authorization_percent": st.integers(0, 19),
            "policy": st.just({"notice_hours": 48, "misses": 2, "days": 14}),
        },
    )
    zones = ["America/New_York", "America/Chicago"][: draw(st.integers(1, 2))]
    sites = [
        {
            "key": f"site-{n}",
            "name": draw(texts),
            "timezone": zone,
            "rooms": [{"key": "room", "name": draw(texts), "seats": 12}],
        }
        | some(draw, {"active": st.just(False)})
        for n, zone in enumerate(zones)
    ]
    staff = [_staff(draw, n) for n in range(draw(st.integers(0, 3)))]
    programs = [_program(draw, n, len(sites)) for n in range(draw(st.integers(1, 3)))]
    series = [_series(draw, n, programs, staff) for n in range(draw(st.integers(0, 4)))]
    people = [_participant(draw, n) for n in range(draw(st.integers(0, 3)))]
    enrollments = [
        one
        for n in range(len(people))
        for one in _enrollments(draw, n, programs, series, staff, organization["week_starts"])
    ]
    sessions = [_one_off(draw, n, programs, enrollments) for n in range(draw(st.integers(0, 2)))]
    first, last = stretch(draw, MONDAY, 60)
    closures = [{"site": "site-0", "from": first, "until": last, "name": draw(texts)}]
    lists = {
        "sites": sites,
        "staff": staff,
        "programs": programs,
        "series": series,
        "closures": draw(st.sampled_from([[], closures])),
        "participants": people,
        "enrollments": enrollments,
        "sessions": sessions,
    }
    return {"clinic": 1, "organization": organization} | {
        name: entries for name, entries in lists.items() if entries
    }


def _staff(draw: Any, n: int) -> dict[str, Any]:
    first, last = stretch(draw, MONDAY, 30)
    return {"key": f"staff-{n}", "name": draw(texts)} | some(
        draw,
        {
            "credentials": texts,
            "roles": st.sampled_from([["clinician"], ["admin", "billing"]]),
            "email": st.just(f"staff-{n}@example.org"),
            "active": st.just(False),
            "license": st.sampled_from([{"number": "1"}, {"number": "x", "expires": last}]),
            "working_hours": weekdays().map(
                lambda found: [{"days": found, "start": "08:00", "end": "24:00"}]
            ),
            "time_off": st.just([{"from": first, "until": last}]),
        },
    )


def _program(draw: Any, n: int, sites: int) -> dict[str, Any]:
    return {
        "key": f"program-{n}",
        "name": draw(texts),
        "site": f"site-{draw(st.integers(0, sites - 1))}",
        "level": draw(st.sampled_from(["1", "2.1", "2.5", "aftercare"])),
        "population": draw(st.sampled_from(["adult", "adolescent"])),
        "weekly_hours": hours(draw, 9, 20),
    } | some(
        draw,
        {
            "service_days": st.sampled_from([{"min": 3}, {"max": 5}, {"min": 2, "max": 4}]),
            "weeks": st.integers(1, 20),
            "breaks_count": st.just(True),
            "grace_minutes": st.integers(1, 15),
            "part2": st.just(False),
            "counts": st.sampled_from([[], ["group"], list(KINDS)]),
            "mix": st.just([{"kind": "group", "sessions": 2, "minutes": 50}]),
            "rule_set": st.sampled_from(["asam-2-1", "h0015"]),
            "active": st.just(False),
        },
    )


def _held(draw: Any, n: int, programs: list[Any], start: int) -> dict[str, Any]:
    return {
        "program": draw(st.sampled_from(programs))["key"],
        "title": draw(texts),
        "kind": draw(st.sampled_from(KINDS)),
        "start": wall(start),
        "end": wall(start + 60),
        "seats": 12,
        "mode": "in_person",
        "room": "room",
    } | some(draw, {"break_minutes": st.integers(1, 20)})


def _series(draw: Any, n: int, programs: list[Any], staff: list[Any]) -> dict[str, Any]:
    first, last = stretch(draw, MONDAY, 120)
    leaders = st.sampled_from([[one["key"]] for one in staff] or [["nobody"]])
    one = {"key": f"series-{n}"} | _held(draw, n, programs, 480 + n * 150)
    return (
        one
        | {"days": draw(weekdays()), "from": first}
        | some(draw, {"every_weeks": st.integers(2, 4), "until": st.just(last)})
        | (some(draw, {"leaders": leaders}) if staff else {})
    )


def _participant(draw: Any, n: int) -> dict[str, Any]:
    given, revoked = stretch(draw, MONDAY, 30)
    return {"key": f"p-{n}", "name": draw(texts)} | some(
        draw,
        {
            "preferred_name": texts,
            "pronouns": texts,
            "birth_date": st.dates(date(1950, 1, 1), date(2010, 1, 1)),
            "language": st.sampled_from(["es", "vi"]),
            "email": st.just(f"p-{n}@example.org"),
            "phone": st.just("+12025550123"),
            "contacts": st.just([{"name": "Maria", "emergency": True}, {"name": "Ko"}]),
            "consents": st.just(
                [
                    {
                        "recipient": "Court",
                        "purpose": "Reports",
                        "scope": ["enrollment", "hours"],
                        "given": given,
                        "revoked": revoked,
                    }
                ]
            ),
        },
    )


def _enrollments(
    draw: Any, n: int, programs: list[Any], series: list[Any], staff: list[Any], starts: str
) -> list[dict[str, Any]]:
    """One after the other; the later ones continue the earlier ones or not."""
    number = draw(st.integers(0, 2))
    first, found = MONDAY + timedelta(days=draw(st.integers(0, 40))), []
    for m in range(number):
        last = first + timedelta(days=draw(st.integers(7, 60)))
        one = _enrollment(draw, n, programs, series, starts, first, last)
        one["key"] = f"e-{n}-{m}"
        if staff:
            one |= some(draw, {"clinician": st.just(staff[0]["key"])})
        if m == number - 1 and draw(st.booleans()):
            for ending in ("until", "status", "reason"):
                one.pop(ending, None)
        if m and draw(st.booleans()):
            one["continues"] = f"e-{n}-{m - 1}"
        found.append(one)
        first = last + timedelta(days=1)
    return found


def _enrollment(
    draw: Any,
    n: int,
    programs: list[Any],
    series: list[Any],
    starts: str,
    first: date,
    last: date,
) -> dict[str, Any]:
    away, back = first + timedelta(days=1), first + timedelta(days=3)
    offset = (away.weekday() + (starts == "sunday")) % 7
    week = away - timedelta(days=offset)
    one: dict[str, Any] = {
        "participant": f"p-{n}",
        "program": draw(st.sampled_from(programs))["key"],
        "from": first,
        "until": last,
    }
    one |= some(
        draw,
        {
            "authorizations": st.just(
                [
                    {
                        "payer": "Blue Plan",
                        "number": f"A{number}",
                        "code": "H0015",
                        "unit": draw(st.sampled_from(["day", "session", "hour"])),
                        "units": draw(st.integers(1, 30)),
                        "from": first,
                        "until": last,
                    }
                    | some(draw, {"review": st.just(back)})
                    for number in range(draw(st.integers(1, 2)))
                ]
            )
        },
    )
    if first <= BROUGHT_IN:
        certified = {"date": first, "by": draw(texts)}
        certified |= some(draw, {"license": st.just("OH 1"), "review": st.just(back)})
        one |= some(draw, {"certifications": st.just([certified])})
    own = {"from": away, "until": back}
    places = [draw(st.sampled_from([each["key"], {"key": each["key"]} | own])) for each in series]
    ends = [("completed", "completed"), ("left", "other"), ("discharged", "incarcerated")]
    if last <= BROUGHT_IN:  # what nobody knows before
        ends += [("left", "dropped out"), ("discharged", "died")]
    status, reason = draw(st.sampled_from(ends))
    if draw(st.booleans()):
        one |= {"status": status} | some(draw, {"reason": st.just(reason)})
    one |= some(
        draw,
        {
            "weekly_hours": st.just(hours(draw, 1, 8)),
            "wished_part": st.sampled_from(["morning", "evening"]),
            "unavailable": weekdays().map(
                lambda found: [{"days": found, "start": "00:00", "end": "07:30"}]
            ),
            "targets": st.just([{"from": away, "weekly_hours": hours(draw, 1, 8)}]),
            "leave": st.just([own | {"reason": "travel"}]),
            "transition_weeks": st.just([week]),
        },
    )
    return one | ({"series": places} if places and draw(st.booleans()) else {})


def _one_off(draw: Any, n: int, programs: list[Any], enrollments: list[Any]) -> dict[str, Any]:
    people = st.sampled_from([[one["key"]] for one in enrollments] or [["nobody"]])
    one = {"key": f"one-off-{n}", "date": draw(days)} | _held(draw, n, programs, 1110 + n * 150)
    one |= some(draw, {"enrollments": people}) if enrollments else {}
    return one | some(draw, {"cancelled": texts})
