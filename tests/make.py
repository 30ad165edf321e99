"""One plain function per noun. Boring, valid defaults; name only the facts that matter.

A parent that is not named is the first one there is, or a new one. Days may be written
"2026-03-02" and times "10:00": wall-clock time of the site.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, TypeVar
from uuid import UUID

from argon2 import PasswordHasher
from sqlalchemy import func, inspect, select
from sqlalchemy.orm.attributes import set_committed_value

from clinic import clock
from clinic.accounts.models import Account, Invitation, SignIn, Staff, TimeOff, WorkingHours
from clinic.authorizations.models import Certification
from clinic.billing.models import NotBilled, UnbilledDay
from clinic.coverage.models import Authorization, Unit
from clinic.days import week_of
from clinic.db import Base
from clinic.db import db as stored
from clinic.drafts.models import Draft
from clinic.enrollment.models import (
    Amendment,
    Enrollment,
    Leave,
    Target,
    TransitionWeek,
    Unavailability,
)
from clinic.feeds.models import FeedLink
from clinic.intake.models import Part, Upload
from clinic.intake.rules import begin
from clinic.kiosk.models import KioskDevice, KioskTap
from clinic.offers.models import MakeUpOffer
from clinic.pairing.models import PairingCode
from clinic.pairing.queries import code_digest
from clinic.pairing.rules import CODE_LASTS
from clinic.participants.models import Consent, Contact, Participant, RetiredPin, Scope
from clinic.permissions import Role
from clinic.programs.models import (
    Closure,
    Kind,
    Level,
    Measure,
    MixItem,
    Organization,
    Population,
    Program,
    Room,
    Rule,
    RuleSet,
    Site,
)
from clinic.receipts.models import Receipt, ReceiptBatch, ReceiptSettlement, Settled
from clinic.schedule.models import (
    AttendanceAmendment,
    Booking,
    Decision,
    Method,
    Mode,
    RosterEntry,
    SeatHold,
    Series,
    SeriesLeader,
    SeriesPlan,
    Session,
    SessionLeader,
    SignOff,
    Status,
    Why,
)
from clinic.stations.models import StaffPin
from clinic.tasks.models import Task, TaskOutcome, TaskState
from clinic.tasks.models import Why as TaskWhy
from clinic.tokens import fingerprint, keyed, new_token
from clinic.told.models import GoesOn, Offered, ShortBy, State, ToldState, WeekClosing

ZONE = "America/New_York"
PASSWORD = "correct horse battery"

Record = TypeVar("Record", bound=Base)

# Production's parameters cost 20 ms a hash; a hash carries its own, so these verify the same way.
_hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


def saved() -> None:
    """Commit what was made, so that everybody sees it."""
    stored.commit()


def read_afresh() -> None:
    """Forget the columns of the rows at hand: somebody else may have changed them."""
    for record in stored:
        stored.expire(record, [column.key for column in inspect(record).mapper.column_attrs])


def instant(wall_time: str, zone: str = ZONE) -> datetime:
    """`2026-03-02 10:00` at a place, as an instant in UTC."""
    return datetime.fromisoformat(wall_time).replace(tzinfo=clock.zone(zone)).astimezone(UTC)


def organization(**facts: Any) -> Organization:
    """The one there is, with these facts."""
    clinic = stored.get(Organization, 1) or Organization(name="Riverside Recovery")
    for name, value in facts.items():
        setattr(clinic, name, value)
    return _added(clinic)


def site(**facts: Any) -> Site:
    organization()
    number = _number(Site)
    defaults = {"key": f"site-{number}", "name": f"Site {number}", "timezone": ZONE}
    return _added(Site(**defaults | facts))


def room(site: Site | None = None, **facts: Any) -> Room:
    number = _number(Room)
    defaults = {"key": f"room-{number}", "name": f"Room {number}", "seats": 14}
    return _added(Room(site=site or _first_site(), **defaults | facts))


def closure(day: str | date, until: str | date | None = None, **facts: Any) -> Closure:
    from_on = _day(day)
    defaults = {"name": "Holiday", "from_on": from_on, "until_on": _day(until or from_on)}
    facts.setdefault("site_id", _first_site().id)
    return _added(Closure(**defaults | facts))


def program(site: Site | None = None, **facts: Any) -> Program:
    number = _number(Program)
    defaults = {
        "key": f"program-{number}",
        "name": "Evening IOP",
        "level": Level.INTENSIVE_OUTPATIENT,
        "population": Population.ADULT,
        "min_minutes": 9 * 60,
        "max_minutes": 12 * 60,
    }
    return _added(Program(site=site or _first_site(), **defaults | facts))


def mix_item(program: Program, kind: Kind = Kind.INDIVIDUAL, **facts: Any) -> MixItem:
    return _added(MixItem(program_id=program.id, kind=kind, **{"sessions": 1} | facts))


def rule_set(
    figures: dict[Measure, int] | None = None, *, population: Population | None = None, **facts: Any
) -> RuleSet:
    """With a rule for each figure, for everyone or for one population."""
    number = _number(RuleSet)
    defaults = {
        "key": f"rule-set-{number}",
        "name": f"Rule set {number}",
        "jurisdiction": "Ohio",
        "citation": "OAC 5122-29",
    }
    rules = [
        Rule(measure=measure, value=value, population=population)
        for measure, value in (figures or {}).items()
    ]
    return _added(RuleSet(rules=rules, **defaults | facts))


def working_hours(
    staff: Staff, weekday: int = 0, start: str = "09:00", end: str = "17:00"
) -> WorkingHours:
    return _added(
        WorkingHours(
            staff_id=staff.id,
            weekday=weekday,
            from_minute=_minute(start),
            until_minute=_minute(end),
        )
    )


def time_off(
    staff: Staff, from_on: str | date, until_on: str | date | None = None, **facts: Any
) -> TimeOff:
    first = _day(from_on)
    away = TimeOff(staff_id=staff.id, from_on=first, until_on=_day(until_on) or first, **facts)
    return _added(away)


def account(*, roles: Iterable[Role | str], password: str | None = None, **facts: Any) -> Account:
    defaults = {"password_hash": _hasher.hash(password) if password else None}
    return _added(Account(roles=frozenset(map(Role, roles)), **defaults | facts))


def staff(
    *,
    roles: Iterable[Role | str] = (Role.CLINICIAN,),
    email: str | None = None,
    password: str | None = None,
    is_active: bool = True,
    **facts: Any,
) -> Staff:
    number = _number(Staff)
    defaults = {"key": f"staff-{number}", "name": "Ana Rivera", "credentials": "LCSW"}
    theirs = account(
        roles=roles,
        email=email or f"staff-{number}@example.org",
        password=password,
        is_active=is_active,
    )
    return _added(Staff(account=theirs, **defaults | facts))


def participant(
    *,
    email: str | None = None,
    password: str | None = None,
    pin: str | None = None,
    is_active: bool = True,
    **facts: Any,
) -> Participant:
    number = _number(Participant)
    defaults = {
        "key": f"participant-{number}",
        "name": "Jordan Avery",
        "pin_digest": keyed("pin", pin) if pin else None,
    }
    theirs = account(
        roles=[Role.PARTICIPANT],
        email=email or f"participant-{number}@example.org",
        password=password,
        is_active=is_active,
    )
    return _added(Participant(account=theirs, **defaults | facts))


def contact(participant: Participant, **facts: Any) -> Contact:
    defaults = {"name": "Dana Avery", "relation": "mother"}
    return _added(Contact(participant_id=participant.id, **defaults | facts))


def consent(
    participant: Participant,
    contact: Contact | None = None,
    *,
    given_on: str | date = "2026-01-05",
    expires_on: str | date | None = None,
    revoked_on: str | date | None = None,
    scope: Iterable[Scope] = (Scope.ATTENDANCE,),
    **facts: Any,
) -> Consent:
    """For a contact of theirs, or for somebody by name."""
    defaults = {
        "contact_id": contact.id if contact else None,
        "recipient": contact.name if contact else "County court",
        "purpose": "coordination of care",
    }
    return _added(
        Consent(
            participant_id=participant.id,
            given_on=_day(given_on),
            expires_on=_day(expires_on),
            revoked_on=_day(revoked_on),
            scope=frozenset(scope),
            **defaults | facts,
        )
    )


def sign_in(account: Account, **facts: Any) -> str:
    """The token of a sign-in made just now."""
    token = new_token()
    now = clock.now()
    defaults = {"token_hash": fingerprint(token), "signed_in_at": now, "seen_at": now}
    _added(SignIn(account_id=account.id, **defaults | facts))
    return token


def invitation(account: Account, *, token: str = "an-invitation", **facts: Any) -> Invitation:
    defaults = {
        "token_hash": fingerprint(token),
        "expires_at": clock.now() + timedelta(days=7),
    }
    return _added(Invitation(account_id=account.id, **defaults | facts))


def enrollment(
    participant: Participant | None = None,
    program: Program | None = None,
    *,
    from_on: str | date = "2026-01-05",
    until_on: str | date | None = None,
    min_minutes: int | None = None,
    max_minutes: int | None = None,
    min_service_days: int | None = None,
    **facts: Any,
) -> Enrollment:
    """With its first target, the program's unless named. Without a participant, a new one."""
    program = program or _first_program()
    first = Target(
        from_on=_day(from_on),
        min_minutes=program.min_minutes if min_minutes is None else min_minutes,
        max_minutes=program.max_minutes if max_minutes is None else max_minutes,
        min_service_days=min_service_days or program.min_service_days,
    )
    defaults = {"key": f"enrollment-{_number(Enrollment)}", "clinician": None}
    return _added(
        Enrollment(
            participant=participant or globals()["participant"](),
            program=program,
            from_on=_day(from_on),
            until_on=_day(until_on),
            targets=[first],
            leaves=[],
            transition_weeks=[],
            unavailabilities=[],
            **defaults | facts,
        )
    )


def target(
    enrollment: Enrollment,
    from_on: str | date,
    *,
    min_minutes: int = 9 * 60,
    max_minutes: int = 12 * 60,
    min_service_days: int | None = None,
) -> Target:
    changed = Target(
        enrollment_id=enrollment.id,
        from_on=_day(from_on),
        min_minutes=min_minutes,
        max_minutes=max_minutes,
        min_service_days=min_service_days,
    )
    enrollment.targets.append(changed)
    return _added(changed)


def leave(
    enrollment: Enrollment,
    from_on: str | date,
    until_on: str | date,
    *,
    reason: str | None = None,
) -> Leave:
    away = Leave(from_on=_day(from_on), until_on=_day(until_on), reason=reason)
    enrollment.leaves.append(away)
    return _added(away)


def transition_week(enrollment: Enrollment, week: str | date) -> TransitionWeek:
    stepping_down = TransitionWeek(week=_day(week))
    enrollment.transition_weeks.append(stepping_down)
    return _added(stepping_down)


def told_state(
    enrollment: Enrollment, day: str | date, state: State | str, *, number: int = 1, **facts: Any
) -> ToldState:
    """What was said on a day of its week; in the morning, unless named."""
    told_on = _day(day)
    defaults = {
        "week": week_of(told_on, 0),
        "told_at": instant(f"{told_on} 09:00"),
        "missing": 0,
        "reachable": 0,
    }
    return _added(
        ToldState(
            enrollment_id=enrollment.id,
            day=told_on,
            state=State(state),
            number=number,
            **defaults | facts,
        )
    )


def amendment(enrollment: Enrollment, by: Staff | None = None, **facts: Any) -> Amendment:
    defaults = {
        "made_at": clock.now(),
        "account_id": by.account_id if by else None,
        "verb": "enrollment.end_moved",
        "reason": "The letter came late",
    }
    return _added(Amendment(enrollment_id=enrollment.id, **defaults | facts))


def authorization(enrollment: Enrollment, **facts: Any) -> Authorization:
    """20 days of H0015 in the first quarter of 2026."""
    defaults = {
        "payer": "Blue Plan",
        "number": f"A{_number(Authorization)}",
        "code": "H0015",
        "unit": Unit.DAY,
        "units": 20,
        "from_on": "2026-01-05",
        "until_on": "2026-03-31",
    }
    facts = _with_days(defaults | facts)
    return _added(Authorization(enrollment_id=enrollment.id, **facts))


def receipt(
    enrollment: Enrollment,
    by: Staff,
    day: str | date = "2026-03-02",
    *,
    exported_at: datetime | None = None,
    **facts: Any,
) -> Receipt:
    """Of one unit, in a batch of its own."""
    on, at = _day(day), exported_at or clock.now()
    batch = ReceiptBatch(from_on=on, until_on=on, exported_at=at, exported_by_id=by.account_id)
    defaults = {
        "units": 1,
        "level": 1,
        "minutes": 180,
        "services": 1,
        "digest": "of what was counted",
        "participant_key": enrollment.participant.key,
        "enrollment_key": enrollment.key,
        "program_key": enrollment.program.key,
    }
    return _added(
        Receipt(batch_id=_added(batch).id, enrollment_id=enrollment.id, day=on, **defaults | facts)
    )


def settlement(receipt: Receipt, by: Staff, **facts: Any) -> ReceiptSettlement:
    """That it stays as it is, and why."""
    figures = {"units": receipt.units, "level": receipt.level, "minutes": receipt.minutes}
    said = {"how": Settled.LEFT, "words": "Paid by the clinic.", "settled_at": clock.now()}
    facts = figures | said | {"settled_by_id": by.account_id} | facts
    return _added(ReceiptSettlement(receipt_id=receipt.id, **facts))


def certification(
    enrollment: Enrollment, certified_on: str | date = "2026-01-05", **facts: Any
) -> Certification:
    defaults = {"name": "Dr. Lena Ortiz, MD", "license": "OH 35.123456"}
    facts = _with_days({"certified_on": certified_on, **defaults, **facts})
    return _added(Certification(enrollment_id=enrollment.id, **facts))


def _with_days(facts: dict[str, Any]) -> dict[str, Any]:
    return {name: _day(each) if name.endswith("_on") else each for name, each in facts.items()}


def unavailability(
    enrollment: Enrollment, weekday: int = 0, start: str = "08:00", end: str = "16:00"
) -> Unavailability:
    busy = Unavailability(weekday=weekday, from_minute=_minute(start), until_minute=_minute(end))
    enrollment.unavailabilities.append(busy)
    return _added(busy)


def series(
    program: Program | None = None,
    *,
    weekdays: str = "0",
    start: str = "10:00",
    end: str = "11:00",
    from_on: str | date = "2026-01-05",
    until_on: str | date | None = None,
    leaders: Iterable[Staff] = (),
    room: Room | None = None,
    **facts: Any,
) -> Series:
    """Without sessions: `session(series=…)` makes one, `schedule.actions` makes all of them."""
    program = program or _first_program()
    defaults = {
        "key": f"series-{_number(Series)}",
        "title": "Process group",
        "kind": Kind.GROUP,
        "mode": Mode.IN_PERSON,
        "seats": 12,
        "break_minutes": 0,
        "weekdays": weekdays,
        "starts": time.fromisoformat(start),
        "ends": time.fromisoformat(end),
        "from_on": _day(from_on),
        "until_on": _day(until_on),
    } | facts
    own = ("kind", "mode", "seats", "break_minutes", "weekdays", "starts", "ends", "every_weeks")
    plan = SeriesPlan(
        from_on=defaults["from_on"],
        room=room,
        leaders=[SeriesLeader(staff=each, position=place) for place, each in enumerate(leaders)],
        **{name: defaults.pop(name) for name in own if name in defaults},
    )
    return _added(Series(program=program, site=_site_of(program), plans=[plan], **defaults))


def series_plan(series: Series, from_on: str, **facts: Any) -> SeriesPlan:
    """Another plan of a series from a day on: as the one before it, but for what is said."""
    names = ("kind", "mode", "weekdays", "starts", "ends", "seats", "break_minutes", "every_weeks")
    before = {name: getattr(series.plan, name) for name in names}
    before |= {"room": series.plan.room, "leaders": []}
    plan = SeriesPlan(from_on=_day(from_on), **before | facts)
    series.plans.append(plan)
    return _added(plan)


def roster_entry(
    series: Series,
    enrollment: Enrollment,
    *,
    from_on: str | date | None = None,
    until_on: str | date | None = None,
) -> RosterEntry:
    """From the enrollment's first day unless named. Makes no bookings."""
    return _added(
        RosterEntry(
            series=series,
            enrollment=enrollment,
            from_on=_day(from_on) or enrollment.from_on,
            until_on=_day(until_on),
        )
    )


def session(
    day: str | date = "2026-03-02",
    start: str | None = None,
    end: str | None = None,
    *,
    series: Series | None = None,
    program: Program | None = None,
    leaders: Iterable[Staff] | None = None,
    room: Room | None = None,
    **facts: Any,
) -> Session:
    """From ten to eleven; of a series: with its times, title, kind, seats, room and leaders."""
    program = program or (series.program if series else _first_program())
    site = _site_of(program)
    at = clock.zone(site.timezone)
    on = _day(day)
    plan = (
        series.plan
        if series
        else SeriesPlan(
            kind=Kind.GROUP,
            mode=Mode.IN_PERSON,
            seats=12,
            break_minutes=0,
            starts=time(10),
            ends=time(11),
            leaders=[],
        )
    )
    defaults: dict[str, Any] = {
        "key": None if series else f"session-{_number(Session)}",
        "planned_on": on if series else None,
        "title": series.title if series else "Process group",
        "kind": plan.kind,
        "mode": plan.mode,
        "seats": plan.seats,
        "break_minutes": plan.break_minutes,
        "starts_at": _wall(on, time.fromisoformat(start) if start else plan.starts, at),
        "ends_at": _wall(on, time.fromisoformat(end) if end else plan.ends, at),
        "changed_at": _wall(on, time(0), at) - timedelta(days=30),
    }
    values = defaults | facts
    values.setdefault("day", clock.day_of(values["starts_at"], at))
    values.setdefault("week", week_of(values["day"], organization().week_starts or 0))
    scheduled = (values["ends_at"] - values["starts_at"]) // timedelta(minutes=1)
    not_counted = 0 if program.breaks_count else values["break_minutes"]
    values.setdefault("credit_minutes", scheduled - not_counted)
    values.setdefault("grace_minutes", program.grace_minutes)
    values.setdefault("is_counted", values["kind"] in program.counted_kinds)
    session = Session(
        series=series,
        program=program,
        site=site,
        room=room or (series.plan.room if series else None),
        **values,
    )
    leading = [leader.staff for leader in plan.leaders] if leaders is None else leaders
    session.leaders = [
        SessionLeader(staff=who, position=place) for place, who in enumerate(leading)
    ]
    return _added(session)


def booking(
    session: Session | None = None,
    enrollment: Enrollment | None = None,
    status: Status = Status.EXPECTED,
    *,
    arrived: str | None = None,
    left: str | None = None,
    roster_entry: RosterEntry | None = None,
    **facts: Any,
) -> Booking:
    """On the lowest free seat; whoever announced an absence has none."""
    session = session or globals()["session"]()
    if enrollment is None:
        enrollment = globals()["enrollment"](program=session.program)
    gave_seat_back = status in {Status.EXCUSED, Status.LATE_CANCEL}
    is_marked = status is not Status.EXPECTED
    at = clock.zone(_site_of(session.program).timezone)
    defaults = {
        "status": status,
        "roster_entry_id": roster_entry.id if roster_entry else None,
        "seats": session.seats,
        "seat_no": None if gave_seat_back else _free_seat(session),
        "method": Method.STAFF if is_marked else None,
        "recorded_at": session.ends_at if is_marked else None,
        "reason_for": status if facts.get("reason") else None,
        "arrived_at": _wall(session.day, time.fromisoformat(arrived), at) if arrived else None,
        "left_at": _wall(session.day, time.fromisoformat(left), at) if left else None,
    }
    return _added(Booking(session=session, enrollment=enrollment, **defaults | facts))


def sign_off(session: Session, staff: Staff, **facts: Any) -> SignOff:
    """The word of somebody for a sheet; its bookings are as they were."""
    defaults = {
        "name": staff.name,
        "credentials": staff.credentials,
        "license_number": staff.license_number,
        "license_expires_on": staff.license_expires_on,
        "is_license_valid": False,
        "signed_at": session.ends_at,
        "words_version": 1,
        "present": 0,
        "absent": 0,
    }
    return _added(SignOff(session_id=session.id, staff_id=staff.id, **defaults | facts))


def billable_booking(day: str = "2026-03-03", **facts: Any) -> Booking:
    """Somebody at three hours that make a unit, signed, of a leader with a license."""
    leader = staff(license_number="SW-1", license_expires_on=date(2099, 1, 1))
    if (pays := facts.pop("program", None)) is None:
        figures = {Measure.UNIT_MINUTES_MIN: 180, Measure.UNITS_DAY_MAX: 1}
        pays = program(rule_set_id=rule_set(figures).id)
    held = session(day, "09:00", "12:00", program=pays, leaders=[leader])
    facts.setdefault("status", Status.PRESENT)
    return booking(held, **{"signed_at": held.ends_at} | facts)


def unbilled_day(enrollment: Enrollment, day: str | date, by: Staff, **facts: Any) -> UnbilledDay:
    """One that is under the minutes of a unit."""
    defaults = {"units": 0, "minutes": 60, "why": NotBilled.UNDER, "said_at": clock.now()}
    said = {"enrollment_id": enrollment.id, "day": _day(day), "said_by_id": by.account_id}
    return _added(UnbilledDay(**said | defaults | facts))


def attendance_amendment(
    booking: Booking, by: Staff, after: Status | None = Status.PRESENT, **facts: Any
) -> AttendanceAmendment:
    """One that waits, of what stands; `after` nothing, they are to be taken off the sheet."""
    defaults = {
        "before_version": booking.version,
        "before_status": booking.status,
        "before_arrived_at": booking.arrived_at,
        "before_left_at": booking.left_at,
        "before_method": booking.method,
        "after_status": after,
        "minutes": 60,
        "why": Why.LEARNED_LATER,
        "asked_at": clock.now(),
        "asked_by_id": by.account_id,
        "decision": Decision.WAITING,
    }
    whose = {"session_id": booking.session_id, "enrollment_id": booking.enrollment_id}
    return _added(AttendanceAmendment(booking_id=booking.id, **whose | defaults | facts))


def offer(enrollment: Enrollment, session: Session, **facts: Any) -> MakeUpOffer:
    """A seat that somebody is asked about on their page since eight in the morning of its day, and
    until it begins; it is held for them as long as nothing has come of it."""
    opens_at = session.starts_at - timedelta(hours=2)
    times = {"starts_at": session.starts_at, "ends_at": session.ends_at}
    held = {"offered_at": opens_at, "opens_at": opens_at, "held_until": session.starts_at}
    if facts.get("outcome") is None:
        seat = {"seats": session.seats, "seat_no": _free_seat(session)}
        _added(SeatHold(session_id=session.id, enrollment_id=enrollment.id, **seat))
    whose = {"session_id": session.id, "enrollment_id": enrollment.id}
    return _added(MakeUpOffer(**whose, **times | held | facts))


def upload(account: Account, *rows: list[str], **facts: Any) -> Upload:
    """A list that was read just now, its columns guessed and agreed to."""
    table = list(rows) or [["Name", "Birth date"], ["Jo Avery", "1990-03-09"]]
    parts = [Part("", 0, len(table), [])]
    defaults = {
        "account_id": account.id,
        "file_name": "people.csv",
        "uploaded_at": clock.now(),
        "rows": table,
        "settings": replace(begin(table, parts, {}), is_matched=True),
    }
    return _added(Upload(**defaults | facts))


def task(participant: Participant, why: TaskWhy = TaskWhy.IN_A_ROW, **facts: Any) -> Task:
    """Raised on Monday, March 2, 2026, and due the day after."""
    raised_at = instant("2026-03-02 10:00")
    defaults = {
        "since": raised_at,
        "figure": 2,
        "figure_before": 8,
        "missed_on": date(2026, 3, 2),
        "raised_at": raised_at,
        "due_on": date(2026, 3, 3),
    }
    if facts.get("state") is TaskState.DONE:
        defaults |= {"outcome": TaskOutcome.SPOKEN, "done_at": raised_at}
    return _added(Task(participant_id=participant.id, why=why, **defaults | facts))


def week_closing(
    enrollment: Enrollment, week: str | date = "2026-02-23", **facts: Any
) -> WeekClosing:
    """Open, unless it is said when it was closed."""
    defaults: dict[str, Any] = {"week": _day(week), "raised_at": instant("2026-03-02 00:01")}
    if "closed_at" in facts:
        defaults |= {
            "short_by": ShortBy.ILLNESS,
            "offered": Offered.MAKE_UP,
            "goes_on": GoesOn.AS_BEFORE,
            "delivered_minutes": 0,
            "min_minutes": 540,
        }
    return _added(WeekClosing(enrollment_id=enrollment.id, **defaults | facts))


def kiosk_device(
    site: Site | None = None, *, key: str = "a-device-key", **facts: Any
) -> KioskDevice:
    number = _number(KioskDevice)
    defaults = {
        "name": "Front door" if number == 1 else f"Front door {number}",
        "key_hash": fingerprint(key),
        "paired_at": clock.now(),
    }
    return _added(KioskDevice(site=site or _first_site(), **defaults | facts))


def retired_pin(participant: Participant, pin: str, **facts: Any) -> RetiredPin:
    """One that somebody had until just now."""
    defaults = {"digest": keyed("pin", pin), "retired_at": clock.now()}
    return _added(RetiredPin(participant_id=participant.id, **defaults | facts))


def pairing_code(site: Site | None = None, *, code: str = "7K3M-9QXW") -> PairingCode:
    """One that was made just now."""
    return _added(
        PairingCode(
            site=site or _first_site(),
            name=f"Kiosk of {code}",
            account_id=staff(roles=["admin"]).account_id,
            code_digest=code_digest(code),
            expires_at=clock.now() + CODE_LASTS,
        )
    )


def staff_pin(staff: Staff, pin: str = "314159") -> StaffPin:
    """What a kiosk recognises them by, made just now."""
    digest = keyed("staff pin", pin)
    return _added(StaffPin(account_id=staff.account_id, digest=digest, made_at=clock.now()))


def kiosk_tap(
    device: KioskDevice, participant: Participant | None = None, **facts: Any
) -> KioskTap:
    """One that was refused, just now."""
    now = clock.now()
    defaults = {
        "id": str(UUID(int=_number(KioskTap))),
        "asked": keyed("tap", "482913"),
        "tapped_at": now,
        "received_at": now,
        "is_refused": True,
        "why": "Nobody has this PIN.",
        "answer": {},
    }
    return _added(
        KioskTap(
            device_id=device.id,
            site_id=device.site_id,
            participant_id=participant.id if participant else None,
            **defaults | facts,
        )
    )


def draft(account: Account, **facts: Any) -> Draft:
    defaults = {"path": "/groups/new", "typed": '[["title","Too late"]]', "kept_at": clock.now()}
    return _added(Draft(account_id=account.id, **defaults | facts))


def feed_link(owner: Participant | Staff, *, token: str = "a-feed-token", **facts: Any) -> FeedLink:
    name = "staff_id" if isinstance(owner, Staff) else "participant_id"
    defaults = {
        "token_hash": fingerprint(token),
        "name": "Phone",
        "issued_at": clock.now(),
        name: owner.id,
    }
    return _added(FeedLink(**defaults | facts))


def _added(record: Record) -> Record:
    stored.add(record)
    stored.flush()
    return record


def _number(model: type[Base]) -> int:
    return (stored.scalar(select(func.count()).select_from(model)) or 0) + 1


def _first(model: type[Record]) -> Record | None:
    return stored.scalar(select(model).order_by(inspect(model).primary_key[0]).limit(1))


def _first_site() -> Site:
    return _first(Site) or site()


def _first_program() -> Program:
    return _first(Program) or program()


def _site_of(program: Program) -> Site:
    site = stored.get_one(Site, program.site_id)
    set_committed_value(program, "site", site)
    return site


def _free_seat(session: Session) -> int:
    columns = (Booking.seat_no, Booking.session_id), (SeatHold.seat_no, SeatHold.session_id)
    taken = {
        seat
        for number, its in columns
        for seat in stored.scalars(select(number).where(its == session.id))
    }
    return next(seat for seat in range(1, len(taken) + 2) if seat not in taken)


def _day(day: Any) -> Any:
    return date.fromisoformat(day) if isinstance(day, str) else day


def _wall(day: date, wall: time, at: Any) -> datetime:
    return datetime.combine(day, wall, at).astimezone(UTC)


def _minute(wall: str) -> int:
    return time.fromisoformat(wall).hour * 60 + time.fromisoformat(wall).minute
