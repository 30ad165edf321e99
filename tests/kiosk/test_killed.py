"""The server is killed again and again while eight kiosks check people in.

What was acknowledged is stored, and once. 10 times as a rule; 200 times in `make torture`.
"""

import http.client
import json
import os
import random
import signal
import subprocess
import sys
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Event, Thread, Timer
from time import sleep
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from clinic import clock, trail
from clinic.audit.queries import bookings_compared
from clinic.db import database as engine_of
from clinic.db import db
from clinic.kiosk.models import KioskTap
from clinic.schedule.models import Booking, Status
from tests import make
from tests.chance import TORTURE
from tests.conftest import SECRET
from tests.journeys.live import Midday, free_address

pytestmark = pytest.mark.torture
ROOT = Path(__file__).parents[2]
KILLS = 200 if TORTURE else 10
PEOPLE = 1600 if TORTURE else 160
KIOSKS = 8

# It has everything imported before the first server is killed: each line it reads starts another
# one, in a group of processes of its own, and each is as if started afresh.
STARTER = """
import os, sys, time
from clinic import serve
serve.application()
for line in sys.stdin:
    if (child := os.fork()) == 0:
        os.setsid()
        while serve.main() == 1:  # those that were killed have not let go of the port yet
            time.sleep(0.02)
        os._exit(0)
    print(child, flush=True)
    os.waitpid(child, 0)
    print("ended", flush=True)
"""


@pytest.fixture
def people(app):
    """A PIN for everybody at one session that is open now."""
    at = Midday()
    site = make.site(timezone=at.zone.key)
    session = make.session(
        program=make.program(site),
        seats=PEOPLE,
        starts_at=at.process_from.astimezone(at.now.tzinfo),
        ends_at=at.process_to.astimezone(at.now.tzinfo),
    )
    pins = [f"{100_000 + number}" for number in range(PEOPLE)]
    for pin in pins:
        make.booking(session, make.enrollment(make.participant(pin=pin), session.program))
    for number in range(KIOSKS):
        make.kiosk_device(site, key=f"key-{number}")
    return pins


class Kiosk(Thread):
    """Checks its own people in, one after the other and over again; a tap that found no answer is
    sent again under its id until it does."""

    def __init__(self, number, pins, address, is_over):
        super().__init__(daemon=True)
        self.headers = {"Authorization": f"Bearer key-{number}"}
        self.pins, self.address, self.is_over = pins, address, is_over
        self.answers = []  # of each tap in their order: its id, PIN, what was answered

    def run(self):
        while True:
            for pin in self.pins:
                if self.is_over.is_set():
                    return
                tap = {"id": str(uuid4()), "pin": pin, "at": clock.now().isoformat()}
                while (answer := self.sent(tap)) is None:
                    sleep(0.02)
                self.answers.append((tap, answer))

    def sent(self, tap):
        """The answer, or None where there is none: the server is dead, or dies."""
        connection = http.client.HTTPConnection(self.address, timeout=10)
        with closing(connection):
            try:
                body = json.dumps({"check_ins": [tap]})
                connection.request("POST", "/kiosk/check-ins", body, self.headers)
                response = connection.getresponse()
                found = response.read()
            except (OSError, http.client.HTTPException):
                return None
        return json.loads(found)["results"][0] if response.status == 200 else None


@contextmanager
def starter(address):
    program = subprocess.Popen(
        [sys.executable, "-c", STARTER],
        cwd=ROOT,
        env=os.environ
        | {
            "CLINIC_BIND": address,
            "CLINIC_DATABASE_URL": engine_of.engine.url.render_as_string(hide_password=False),
            "CLINIC_SECRET_KEY": SECRET,
        },
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    watchdog = Timer(3600 if TORTURE else 120, program.kill)
    watchdog.start()
    try:
        yield program
    finally:
        watchdog.cancel()
        program.stdin.close()
        assert program.wait(20) == 0
        program.stdout.close()


def lines_until(program, line):
    """What it said before that line."""
    said = []
    while (text := program.stdout.readline().rstrip("\n")) != line:
        assert text, said
        said.append(text)
    return said


@contextmanager
def one_server(program, address):
    """From when it listens until it is killed, with all that belong to it."""
    program.stdin.write("start\n")
    program.stdin.flush()
    (child,) = lines_until(program, f"Listening on http://{address}")
    try:
        yield
    finally:
        os.killpg(int(child), signal.SIGKILL)
        lines_until(program, "ended")


def test_no_check_in_that_was_acknowledged_is_lost_or_doubled(database, people):
    make.saved()
    engine_of.engine.dispose()
    address, is_over, chance = free_address(), Event(), random.Random(7)
    kiosks = [Kiosk(number, people[number::KIOSKS], address, is_over) for number in range(KIOSKS)]
    for kiosk in kiosks:
        kiosk.start()
    try:
        with starter(address) as program:
            for _ in range(KILLS):
                with one_server(program, address):
                    sleep(chance.uniform(0.05, 0.5 if TORTURE else 0.3))
            with one_server(program, address):
                is_over.set()
                for kiosk in kiosks:
                    kiosk.join(60)
                    assert not kiosk.is_alive()
    finally:
        is_over.set()
    answered = [each for kiosk in kiosks for each in kiosk.answers]
    assert len(answered) > KIOSKS
    assert not [answer for _, answer in answered if answer["result"] == "refused"]
    assert set(db.scalars(select(KioskTap.id))) == {tap["id"] for tap, _ in answered}
    come = {tap["pin"] for tap, _ in answered}
    here = select(func.count()).where(Booking.status == Status.PRESENT)
    assert db.scalar(here) == len(come)
    arrivals = select(trail.TrailEvent.subject_id).where(
        trail.TrailEvent.verb == "attendance.arrived"
    )
    events = db.scalars(arrivals).all()
    assert (len(events), len(set(events))) == (len(come), len(come))
    assert trail.broken_chains() == []
    assert bookings_compared().sentences == []
