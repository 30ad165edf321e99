import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from statistics import quantiles
from threading import Event, Thread, Timer
from uuid import uuid4

import pytest

from clinic import clock, serve

ROOT = Path(__file__).parents[1]
PATIENCE = 400  # looks, twenty a second: a machine that is busy takes its time
# What `flask audit verify` says: a tick that can be seen.
WHOLE = "The trail is whole, and what is stored is what it says."


@pytest.fixture
def port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def serving(port, tmp_path, migrated, starter):
    """`with serving("db upgrade", tick="audit verify") as server`: once it listens.

    Where the database is to be upgraded it is up to date already, which takes less time.
    """

    @contextmanager
    def start(*commands, bind=f"127.0.0.1:{port}", until_it_listens=True, **settings):
        if "db upgrade" in commands:
            shutil.copy(migrated, tmp_path / "clinic.db")
        environ = os.environ | {
            "CLINIC_BIND": bind,
            "CLINIC_DATABASE_URL": f"sqlite:///{tmp_path / 'clinic.db'}",
            "CLINIC_SECRET_KEY": "a secret for tests",
            "GRANIAN_LOG_ACCESS_ENABLED": "true",  # we do not listen to this one
        }
        server = starter.start(tmp_path, environ, *commands, with_errors=True, **settings)
        watchdog = Timer(60, server.kill)
        watchdog.start()
        try:
            if until_it_listens:
                read_until(server, f"Listening on http://{bind}")
            yield server
        finally:
            watchdog.cancel()
            server.kill()
            server.communicate(timeout=30)
            server.stdout.close()

    return start


def read_until(server, line):
    while (said := server.stdout.readline()) not in ("", f"{line}\n"):
        pass
    assert said == f"{line}\n"


def get(port, path):
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
        connection.request("GET", path)
        return connection.getresponse().status


def becomes_free(port):
    for _ in range(PATIENCE):
        try:
            get(port, "/healthz")
        except ConnectionRefusedError:
            return True
        except OSError:  # it is just ending
            pass
        time.sleep(0.05)
    return False


def children_of(pid):
    """The periodic work first, then the server's workers."""
    listed = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return sorted(map(int, listed))


def all_children_of(pid):
    """The same once all three are there: it listens before the last of them is."""
    for _ in range(PATIENCE):
        if len(children := children_of(pid)) == 3:
            break
        time.sleep(0.05)
    assert len(children) == 3
    return children


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
def test_it_prepares_serves_and_works_until_a_signal_comes(serving, port, ending):
    with serving("db upgrade", tick="audit verify", tick_seconds=0.2) as server:
        assert get(port, "/readyz") == 200
        for _ in range(3):
            read_until(server, WHOLE)
        get(port, "/feeds/a-secret-token.ics")
        asked = time.monotonic()
        server.send_signal(ending)
        said, _ = server.communicate(timeout=30)
        assert server.returncode == 0
        assert time.monotonic() - asked < serve.GRACE_SECONDS  # nobody had to be killed
        assert set(said.splitlines()) <= {WHOLE}
    assert becomes_free(port)


def test_ctrl_c_at_the_terminal_ends_all_quietly(serving, port):
    with serving("db upgrade", tick="audit verify") as server:
        os.killpg(server.pid, signal.SIGINT)
        said, _ = server.communicate(timeout=30)
        assert server.returncode == 0
        assert set(said.splitlines()) <= {WHOLE}


def test_a_worker_that_dies_is_replaced(serving, port):
    with serving("db upgrade") as server:
        before = all_children_of(server.pid)
        os.kill(before[-1], signal.SIGKILL)
        for _ in range(PATIENCE):
            if len(set(children_of(server.pid)) | set(before)) == 4:
                break
            time.sleep(0.05)
        after = children_of(server.pid)
        assert (before[-1] in after, len(after)) == (False, 3)
        assert get(port, "/readyz") == 200


def test_when_the_periodic_work_dies_all_end(serving, port):
    with serving("db upgrade") as server:
        os.kill(children_of(server.pid)[0], signal.SIGKILL)
        server.communicate(timeout=30)
        assert server.returncode == 1
    assert becomes_free(port)


def test_a_child_whose_parent_was_killed_before_it_began_ends():
    program = """
import multiprocessing, os, signal, time
from clinic import serve

def begin_late():
    while os.getppid() == parent:
        time.sleep(0.01)
    serve._end_with_parent()
    print("left", flush=True)

parent = os.getpid()
multiprocessing.get_context("fork").Process(target=begin_late).start()
os.kill(parent, signal.SIGKILL)
"""
    began = subprocess.run(
        [sys.executable, "-c", program],
        check=False,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (began.returncode, began.stdout) == (-signal.SIGKILL, "")


def test_when_it_is_killed_nobody_is_left(serving, port):
    with serving("db upgrade") as server:
        children = all_children_of(server.pid)
        server.kill()
        server.wait()
        assert becomes_free(port)
        for _ in range(PATIENCE):
            if not any(Path(f"/proc/{child}").exists() for child in children):
                break
            time.sleep(0.05)
        assert [child for child in children if Path(f"/proc/{child}").exists()] == []


def test_periodic_work_that_is_refused_or_fails_is_tried_again(serving):
    behind = "The database is not up to date. Run `flask db upgrade` first."
    with serving(tick="tick", tick_seconds=0.1) as server:
        for _ in range(3):
            read_until(server, behind)
    with serving(tick="no-such-work", tick_seconds=0.1) as server:
        for _ in range(3):
            read_until(server, "click.exceptions.NoSuchCommand: No such command 'no-such-work'.")


def test_a_preparation_that_is_refused_ends_it(serving, port):
    with serving("demo --if-empty", until_it_listens=False) as server:
        said, _ = server.communicate(timeout=30)
        assert server.returncode == 1
        assert said == "The database is not up to date. Run `flask db upgrade` first.\n"


def test_a_place_that_is_taken_is_said_in_a_sentence(serving, port):
    with (
        socket.create_server(("127.0.0.1", port)),
        serving("db upgrade", until_it_listens=False) as server,
    ):
        said, _ = server.communicate(timeout=30)
        assert server.returncode == 1
        assert said == (
            f"Cannot listen on CLINIC_BIND=127.0.0.1:{port}: [Errno 98] Address already in use\n"
        )


def test_a_place_that_makes_no_sense_is_said_in_a_sentence(serving):
    with serving(bind="localhost:http", until_it_listens=False) as server:
        said, _ = server.communicate(timeout=30)
        assert server.returncode == 1
        assert said == (
            "Cannot listen on CLINIC_BIND=localhost:http: write host:port, like 127.0.0.1:8000\n"
        )


def test_addresses_of_both_kinds_are_understood():
    assert serve.address_of("127.0.0.1:8000") == ("127.0.0.1", 8000)
    assert serve.address_of("[::1]:80") == ("::1", 80)


@pytest.mark.parametrize("bind", ["8000", ":8000", "localhost", "localhost:http", "a:-1", ""])
def test_what_is_no_address_is_refused(bind):
    with pytest.raises(ValueError, match="write host:port"):
        serve.address_of(bind)


OPEN_ALL_DAY = """
clinic: 1
organization: {name: Riverside}
sites: [{key: main, name: Main Street, timezone: UTC, rooms: [{key: r, name: Room 1, seats: 9}]}]
staff: [{key: rivera, name: Ana Rivera, roles: [clinician]}]
programs: [{key: iop, name: IOP, site: main, level: "2.1", population: adult,
  weekly_hours: {min: 9, max: 20}}]
series: [{key: long, program: iop, title: Long day, kind: group, leaders: [rivera], seats: 9,
  days: [mon, tue, wed, thu, fri, sat, sun], start: "00:00", end: "23:59", room: r,
  from: 2026-01-01, mode: in_person}]
participants: [{key: p, name: Jordan Avery, pin: "482913"}]
enrollments: [{key: e, participant: p, program: iop, from: 2026-01-01, series: [long]}]
"""

FORM = b"Host: x\r\nContent-Type: application/x-www-form-urlencoded\r\n"
SLOW = {
    "body": b"POST /sign-in HTTP/1.1\r\n" + FORM + b"Content-Length: 1000\r\n\r\n",
    "pieces": b"POST /sign-in HTTP/1.1\r\n" + FORM + b"Transfer-Encoding: chunked\r\n\r\nfff\r\n",
    "head": b"GET /sign-in HTTP/1.1\r\nX: ",
    "reader": b"GET /static/any/css/style.css HTTP/1.1\r\nHost: x\r\n\r\n" * 20,
}

NUMBER = {"body": 200, "pieces": 50, "head": 50, "reader": 50}


@contextmanager
def slow_ones(port):
    """Hundreds of connections that send a byte a second, or nothing, and read nothing."""
    ended = Event()
    with ExitStack() as stack:
        lines = []
        for kind, begins in SLOW.items():
            for _ in range(NUMBER[kind]):
                line = stack.enter_context(socket.socket())
                line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
                line.connect(("127.0.0.1", port))
                line.sendall(begins)
                lines.append(line)

        def trickle():
            while not ended.wait(1):
                for line in lines[: -NUMBER["reader"]]:
                    with suppress(OSError):
                        line.send(b"x")

        sending = Thread(target=trickle)
        sending.start()
        try:
            yield
        finally:
            ended.set()
            sending.join()


def check_in(port, key):
    """How long a tap waits for its answer, in seconds."""
    tap = {"id": str(uuid4()), "pin": "482913", "at": clock.now().isoformat()}
    asked = time.monotonic()
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
        connection.request(
            "POST",
            "/kiosk/check-ins",
            json.dumps({"check_ins": [tap]}),
            {"Content-Type": "application/json", "Authorization": f"Bearer {key}"},
        )
        (result,) = json.load(connection.getresponse())["results"]
    assert result["result"] in {"checked_in", "already_checked_in"}
    return time.monotonic() - asked


def p95(waits):
    return quantiles(waits, n=20)[-1]


def test_whoever_is_slow_keeps_nobody_waiting(serving, port, tmp_path):
    file = tmp_path / "clinic.yaml"
    file.write_text(OPEN_ALL_DAY)
    ready = ("db upgrade", f"import clinic {file}", "kiosk pair --site main")
    with serving(*ready, until_it_listens=False) as server:
        while (said := server.stdout.readline()) != f"Listening on http://127.0.0.1:{port}\n":
            key = said.strip()
        alone = p95(check_in(port, key) for _ in range(20))
        with slow_ones(port):
            beside = p95(check_in(port, key) for _ in range(50))
            assert get(port, "/healthz") == 200
            asked = time.monotonic()
            server.terminate()
            server.communicate(timeout=30)
            assert (server.returncode, time.monotonic() - asked < serve.GRACE_SECONDS) == (0, True)
        assert beside < max(1.0, 5 * alone)  # a second, but for a machine that is busy otherwise


def test_a_body_that_nothing_takes_is_refused(serving, port):
    with (
        serving("db upgrade"),
        closing(http.client.HTTPConnection("127.0.0.1", port, timeout=10)) as connection,
    ):
        connection.putrequest("POST", "/sign-in")
        connection.putheader("Content-Type", "application/x-www-form-urlencoded")
        connection.putheader("Content-Length", str(10 * 1024 * 1024))
        connection.endheaders()
        assert connection.getresponse().status == 413
