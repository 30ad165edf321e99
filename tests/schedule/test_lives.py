"""Lives of enrollments, made up at random and led beside a plain model of them.

After every act: rosters and bookings agree with the model, no booking lies outside its enrollment,
what was refused left nothing behind, and the weeks that are over read as they did before, unless
the act was an amendment.
"""

from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from clinic import clock
from clinic.days import DAY, week_of
from clinic.db import db, savepoint
from clinic.enrollment import actions as dated
from clinic.enrollment.actions import Hours
from clinic.enrollment.models import Outcome
from clinic.enrollment.queries import get_enrollment
from clinic.enrollment.rules import REASONS
from clinic.errors import Refused
from clinic.hours.queries import weeks_of
from clinic.participants.queries import get_participant
from clinic.programs.queries import get_program
from clinic.schedule.actions import acts as undoable
from clinic.schedule.actions import enrollments as lives
from clinic.schedule.actions.rosters import move, put_on, take_off
from clinic.schedule.actions.series import lay_out
from clinic.schedule.models import Booking, Method, Mode, RosterEntry, Session, Status
from clinic.schedule.queries.rosters import get_roster_entry
from clinic.schedule.queries.series import get_series
from clinic.trail import SYSTEM
from tests import make
from tests.chance import examples
from tests.dump import changed, dump

BEGINS = date(2026, 3, 2)
ENDS = date(2026, 5, 31)
ZONE = clock.zone(make.ZONE)
NEVER = date.max
# Program, weekdays, start and end of each group; the last two are at the same time on Tuesdays.
GROUPS = (
    (0, "024", "09:00", "10:30"),
    (0, "13", "13:00", "14:00"),
    (1, "0", "18:00", "19:00"),
    (1, "1", "13:30", "14:30"),
)

numbers = st.integers(0, 40)
acts = st.tuples(
    st.sampled_from(
        [
            "admit",
            "target",
            "leave",
            "end_leave",
            "move_end",
            "end",
            "step_down",
            "call_off",
            "put_on",
            "take_off",
            "move",
            "attend",
            "plan",
            "undo",
            "undo",
            "wait",
            "wait",
        ]
    ),
    numbers,
    numbers,
    numbers,
)


@dataclass
class Life:
    """An enrollment as plain values."""

    id: int
    program: int
    from_on: date
    until_on: date | None
    targets: dict[date, int]
    leaves: dict[date, date] = field(default_factory=dict)

    def holds(self, day: date) -> bool:
        away = any(first <= day <= last for first, last in self.leaves.items())
        return self.from_on <= day <= (self.until_on or NEVER) and not away


@pytest.fixture
def offered(app):
    """Two programs and four groups, the same for every life, and who leads it."""
    make.organization()
    site = make.site()
    programs = [make.program(site, min_minutes=n * 60, max_minutes=720).id for n in (3, 1)]
    groups = []
    for n, (program, weekdays, start, end) in enumerate(GROUPS):
        series = make.series(
            program=get_program(programs[program]),
            weekdays=weekdays,
            start=start,
            end=end,
            from_on=BEGINS,
            until_on=ENDS,
            title=f"Group {n}",
            seats=3,
            mode=Mode.VIRTUAL,
        )
        lay_out(get_series(series.id), by=SYSTEM, now=Clinic.at(BEGINS))
        groups.append(series.id)
    return programs, groups, make.participant().id


Model = dict[tuple[str, int, object], object]


class Clinic:
    """One person, two programs, four groups; the real thing and the model, side by side."""

    def __init__(self, offered):
        programs, self.groups, self.person = offered
        self.programs = [get_program(each) for each in programs]
        self.today = BEGINS + 16 * DAY  # a Wednesday, two weeks into what can be looked back on
        self.lives: dict[int, Life] = {}
        self.places: dict[int, tuple[int, int, date, date | None]] = {}
        self.kept: list[tuple[str, Model, Model, bool]] = []  # what can be undone, as it was done

    @staticmethod
    def at(day: date) -> datetime:
        return datetime.combine(day, time(12), ZONE).astimezone(clock.UTC)

    @property
    def now(self) -> datetime:
        return self.at(self.today)

    def facts(self):
        return {"by": SYSTEM, "now": self.now}

    def some(self, number):
        """One of the lives, or None while there is none."""
        return list(self.lives.values())[number % len(self.lives)] if self.lives else None

    def day(self, number):
        """A day from two and a half weeks ago to three weeks ahead."""
        return self.today + (number - 18) * DAY

    def do(self, name, amends, act):
        """Do it so that it can be undone; but for what takes an enrollment away."""
        if name in {"call_off", "attend", "plan", "wait"}:
            act()
            return
        before = self.model()
        facts = {"what": name, "about": "enrollment", "participant_ids": [self.person]}
        kept = undoable.keep(act, **facts, **self.facts())
        after = self.model()
        if kept:
            self.kept.append((kept, before, after, bool(amends)))

    def undo(self, a):
        """Take back the last act, or an earlier one: the model forgets what differed by it."""
        if not self.kept:
            return True
        last = -1 if a % 3 else a % len(self.kept)
        kept, before, after, amends = self.kept[last]
        facts = {"about": "enrollment", "participant_ids": [self.person]}
        undoable.undo(kept, **facts, **self.facts())
        now = self.model()
        for key in before.keys() | after.keys():
            if before.get(key, NEVER) != after.get(key, NEVER):
                assert now.pop(key, NEVER) == after.get(key, NEVER)
                now |= {key: before[key]} if key in before else {}
        self.lives, self.places = {}, {}
        for (what, number, fact), value in now.items():
            if what == "life":
                self.lives.setdefault(number, Life(number, 0, BEGINS, None, {}))
                if isinstance(fact, str):
                    setattr(self.lives[number], fact, value)
                else:
                    which, day = fact
                    getattr(self.lives[number], which)[day] = value
            else:
                self.places[number] = value
        self.lives = dict(sorted(self.lives.items()))
        return amends

    def model(self) -> Model:
        """Every fact of the model by its name, to be compared."""
        found: Model = {("place", key, None): place for key, place in self.places.items()}
        for life in self.lives.values():
            for fact in ("program", "from_on", "until_on"):
                found["life", life.id, fact] = getattr(life, fact)
            for which in ("targets", "leaves"):
                for day, value in getattr(life, which).items():
                    found["life", life.id, (which, day)] = value
        return found

    def joined(self, enrollment_id, group_ids):
        """The model's side of being put on groups at the beginning."""
        entries = db.scalars(select(RosterEntry).where(RosterEntry.enrollment_id == enrollment_id))
        for entry in entries:
            assert entry.series_id in group_ids
            self.places[entry.id] = (entry.series_id, enrollment_id, entry.from_on, None)

    def admit(self, a, b, c):
        program = a % 2
        from_on = self.day(b)
        until_on = from_on + c * DAY if c < 35 else None
        group = self.groups[program * 2 + a // 2 % 2]
        enrollment = dated.enroll(
            get_participant(self.person),
            get_program(self.programs[program].id),
            from_on=from_on,
            until_on=until_on,
            **self.facts(),
        )
        lives.join(enrollment, [get_series(group)], **self.facts())
        least = self.programs[program].min_minutes
        self.lives[enrollment.id] = Life(
            enrollment.id, program, from_on, until_on, {from_on: least}
        )
        self.joined(enrollment.id, {group})

    def target(self, life, a, b, amends):
        from_on = self.day(a)
        enrollment = get_enrollment(life.id)
        dated.change_target(
            enrollment, from_on=from_on, target=Hours(b * 10, 720), amends=amends, **self.facts()
        )
        life.targets[from_on] = b * 10

    def leave(self, life, a, b, amends):
        from_on = self.day(a)
        until_on = from_on + b % 12 * DAY
        lives.grant_leave(
            get_enrollment(life.id),
            from_on=from_on,
            until_on=until_on,
            amends=amends,
            **self.facts(),
        )
        life.leaves[from_on] = until_on

    def end_leave(self, life, a, b, amends):
        if not life.leaves:
            return
        from_on = sorted(life.leaves)[a % len(life.leaves)]
        last_on = from_on + (b % 12 - 2) * DAY
        lives.end_leave(
            get_enrollment(life.id),
            from_on=from_on,
            last_on=last_on,
            amends=amends,
            **self.facts(),
        )
        if last_on < from_on:
            del life.leaves[from_on]
        else:
            life.leaves[from_on] = last_on

    def move_end(self, life, a, b, amends):
        until_on = self.day(a) if b % 4 else None
        lives.set_end(get_enrollment(life.id), until_on=until_on, amends=amends, **self.facts())
        life.until_on = until_on

    def end(self, life, a, b, amends):
        outcome = list(Outcome)[b % 4]
        last_on = self.day(a)
        lives.set_end(
            get_enrollment(life.id),
            until_on=last_on,
            outcome=outcome,
            reason=REASONS[outcome][0],
            amends=amends,
            **self.facts(),
        )
        self.ended(life, last_on)

    def ended(self, life, last_on):
        """Places that were still to begin never will."""
        life.until_on = last_on
        self.places = {
            key: place
            for key, place in self.places.items()
            if place[1] != life.id or place[2] <= last_on
        }

    def step_down(self, life, a, b, amends):
        from_on = self.day(a)
        program = 1 - life.program
        group = self.groups[program * 2 + b % 2]
        enrollment = lives.step_down(
            get_enrollment(life.id),
            get_program(self.programs[program].id),
            from_on=from_on,
            amends=amends,
            **self.facts(),
        )
        lives.join(enrollment, [get_series(group)], **self.facts())
        self.ended(life, from_on - DAY)
        least = self.programs[program].min_minutes
        self.lives[enrollment.id] = Life(enrollment.id, program, from_on, None, {from_on: least})
        self.joined(enrollment.id, {group})

    def call_off(self, life, _a, _b, _amends):
        lives.call_off(get_enrollment(life.id), **self.facts())
        del self.lives[life.id]
        self.places = {key: place for key, place in self.places.items() if place[1] != life.id}

    def put_on(self, life, a, b, _amends):
        series = get_series(self.groups[a % 4])
        from_on = self.day(b)
        entry = put_on(get_enrollment(life.id), series, from_on=from_on, **self.facts())
        self.places[entry.id] = (series.id, life.id, entry.from_on, None)

    def take_off(self, _life, a, b, _amends):
        if not self.places:
            return
        key = sorted(self.places)[a % len(self.places)]
        take_off(get_roster_entry(key), last_on=self.day(b), **self.facts())
        self.shortened(key)

    def move(self, _life, a, b, _amends):
        if not self.places:
            return
        key = sorted(self.places)[a % len(self.places)]
        series, ends_on = get_series(self.groups[(a + b) % 4]), self.places[key][3]
        entry = move(get_roster_entry(key), series, from_on=self.day(b), **self.facts())
        self.places[entry.id] = (series.id, self.places[key][1], entry.from_on, ends_on)
        self.shortened(key)

    def shortened(self, key):
        entry = db.get(RosterEntry, key)
        if entry is None:
            del self.places[key]
        else:
            self.places[key] = (*self.places[key][:3], entry.until_on)

    def attend(self, _life, a, b, _amends):
        """A mark on one of this week's sessions that have begun."""
        week = week_of(self.today, 0)
        begun = db.scalars(
            select(Booking)
            .join(Session, Session.id == Booking.session_id)
            .where(Session.day >= week, Session.starts_at <= self.now)
            .order_by(Booking.id)
        ).all()
        if begun:
            booking = begun[a % len(begun)]
            booking.status = (Status.PRESENT, Status.NO_SHOW, Status.PRESENT)[b % 3]
            booking.method = Method.STAFF
            db.flush()

    def plan(self, life, a, _b, _amends):
        """A one-off session ahead, early in the morning, within the enrollment."""
        day = self.today + (a + 1) * DAY
        if life.holds(day):
            session = make.session(
                day,
                "07:00",
                "08:00",
                program=self.programs[life.program],
                seats=1,
                mode=Mode.VIRTUAL,
            )
            make.booking(session, get_enrollment(life.id))

    def wait(self, _life, a, _b, _amends):
        self.today += (a % 6 + 1) * DAY

    def agree(self):
        """Rosters, bookings and targets are what the model says, and nothing lies outside."""
        rows = db.execute(
            select(
                Booking.enrollment_id,
                Booking.status,
                Booking.roster_entry_id,
                Session.series_id,
                Session.day,
            ).join(Session, Session.id == Booking.session_id)
        ).all()
        for row in rows:
            life = self.lives[row.enrollment_id]
            assert life.from_on <= row.day <= (life.until_on or NEVER)
        booked = {(row.series_id, row.enrollment_id, row.day) for row in rows if row.series_id}
        marked = {
            (row.series_id, row.enrollment_id, row.day)
            for row in rows
            if row.series_id and row.status is not Status.EXPECTED
        }
        expected = {
            (series_id, enrollment_id, day)
            for series_id, enrollment_id, first, last in self.places.values()
            for day in self.meetings(series_id)
            if first <= day <= (last or NEVER) and self.lives[enrollment_id].holds(day)
        }
        assert booked - marked == expected - marked
        for life in self.lives.values():
            enrollment = get_enrollment(life.id)
            db.refresh(enrollment)
            assert (enrollment.from_on, enrollment.until_on) == (life.from_on, life.until_on)
            assert {t.from_on: t.min_minutes for t in enrollment.targets} == life.targets
            assert {one.from_on: one.until_on for one in enrollment.leaves} == life.leaves

    def meetings(self, series_id):
        _, weekdays, *_ = GROUPS[self.groups.index(series_id)]
        days = (BEGINS + n * DAY for n in range((ENDS - BEGINS).days + 1))
        return [day for day in days if str(day.weekday()) in weekdays]

    def past(self):
        """How every week that is over reads, by week and enrollment."""
        this = week_of(self.today, 0)
        weeks = weeks_of(
            list(self.lives), now=self.now, first=BEGINS - 21 * DAY, last=this - 7 * DAY
        )
        return {(each.hours.week, each.enrollment_id): each.hours for each in weeks}


def lead(clinic, name, a, b, c):
    life = clinic.some(c)
    if name != "admit" and life is None:
        return
    amends = "it was so" if c % 5 == 0 else None
    before, past = dump(), clinic.past()
    try:
        with savepoint():
            if name == "undo":
                amends = clinic.undo(a)
            elif name == "admit":
                clinic.do(name, None, lambda: clinic.admit(a, b, c))
            else:
                clinic.do(name, amends, lambda: getattr(clinic, name)(life, a, b, amends))
    except Refused:
        db.expire_all()
        assert changed(before, dump()) == set()
        return
    db.expunge_all()
    clinic.agree()
    if name != "wait" and not amends:
        now = clinic.past()
        assert {key: hours for key, hours in now.items() if key in past} == past


@contextmanager
def undone():
    """What is done inside is undone in any case, so that each example begins with nothing."""
    with db.begin_nested() as nested:
        try:
            yield
        finally:
            nested.rollback()
            db.expunge_all()


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@examples(50, at_length=800)
@given(st.lists(acts, min_size=4, max_size=14))
def test_a_life_agrees_with_a_plain_model_of_it(offered, happened):
    with undone():
        clinic = Clinic(offered)
        clinic.admit(0, 4, 40)
        clinic.agree()
        for act in happened:
            lead(clinic, *act)


@examples(8, at_length=120)
@given(st.lists(acts, min_size=10, max_size=25))
def test_a_long_life_does_on_either_database(offered, happened):
    with undone():
        clinic = Clinic(offered)
        clinic.admit(0, 4, 40)
        for act in happened:
            lead(clinic, *act)
