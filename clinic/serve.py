"""`python -m clinic.serve [COMMAND…]`: runs these commands, then the web server and, beside it, a
process that does the periodic work each minute. One signal ends all.

The application is made once; the server's workers and the periodic work are forks of it, so they
start at once and share its memory.
"""

import contextlib
import ctypes
import functools
import gc
import http.client
import multiprocessing
import os
import signal
import socket
import sys
import time
from typing import Any

from granian import Granian
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels

from clinic.app import create_app
from clinic.db import database
from clinic.gateway import Gateway

TICK_SECONDS = 60.0
GRACE_SECONDS = 3.0  # for the periodic work to end when asked to
THREADS = 4  # of each worker; who is slow to send or to read has none
CONNECTIONS = 4096  # of each worker: they cost little
HEADERS_WITHIN = 15_000  # milliseconds, the first ones and those of a next request
LIBC = ctypes.CDLL(None)
PR_SET_PDEATHSIG = 1  # of <linux/prctl.h>

application = functools.cache(create_app)


def main(*commands: str, tick: str = "tick", tick_seconds: float = TICK_SECONDS) -> int:
    """Serve until a signal comes (0), or until the server or the periodic work dies (1)."""
    bind: str = application().config["CLINIC_BIND"]
    try:
        host, port = address_of(bind)
        _try_to_bind(host, port)
    except (ValueError, OSError) as error:
        sys.stderr.write(f"Cannot listen on CLINIC_BIND={bind}: {error}\n")
        return 1
    for command in commands:
        _run(command)
    gc.freeze()  # what there is stays for good: no collection need look through it, forks share it
    if sys.platform == "linux":  # no longer the default from Python 3.14 on
        multiprocessing.set_start_method("fork", force=True)
    work = multiprocessing.Process(target=_work, args=(host, port, bind, tick, tick_seconds))
    work.start()
    signal.signal(signal.SIGCHLD, lambda *_: None if work.is_alive() else _end_ourselves())
    try:
        _server(host, port).serve(target_loader=_load, wrap_loader=False)
        return 0 if work.is_alive() else 1
    finally:
        work.terminate()
        work.join(GRACE_SECONDS)
        work.kill()


def address_of(bind: str) -> tuple[str, int]:
    """Host and port of `127.0.0.1:8000` or `[::1]:8000`; raises `ValueError`."""
    host, _, port = bind.rpartition(":")
    if not host or not port.isdecimal():
        raise ValueError("write host:port, like 127.0.0.1:8000")
    return host.strip("[]"), int(port)


def _try_to_bind(host: str, port: int) -> None:
    # The server would say it with a trace, or share the port with another one.
    family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    with socket.socket(family, kind) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(address)


def _run(command: str) -> None:
    app = application()
    with app.app_context():
        app.cli.main(command.split(), standalone_mode=False)
        database.engine.dispose()  # a connection must not be shared between processes


def _server(host: str, port: int) -> Any:
    return Granian(
        "clinic.serve:application",
        host,
        port,
        interface=Interfaces.RSGI,
        http=HTTPModes.http1,  # with both it waits for the first byte as long as it takes
        http1_settings=HTTP1Settings(header_read_timeout=HEADERS_WITHIN),
        workers=2,
        backpressure=CONNECTIONS,
        websockets=False,
        respawn_failed_workers=True,
        workers_kill_timeout=1,
        log_level=LogLevels.error,
        log_access=False,  # the path of a calendar feed is a secret
    )


def _load() -> Gateway:
    """The application, in a worker of the server."""
    os.setpgid(0, 0)  # Ctrl-C at the terminal comes to the server alone; it tells its workers
    _end_with_parent()
    return Gateway(application(), threads=THREADS)


def _work(host: str, port: int, bind: str, tick: str, seconds: float) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # for the same reason
    _end_with_parent()
    _wait_for_answer(host, port)
    sys.stdout.write(f"Listening on http://{bind}\n")
    sys.stdout.flush()
    while True:
        next_tick = time.monotonic() + seconds
        try:
            _run(tick)
        except SystemExit:  # it has said why on standard error
            pass
        except Exception:  # noqa: BLE001 - it is tried again in a minute
            application().logger.exception("the periodic work failed")
        time.sleep(max(0.0, next_tick - time.monotonic()))


def _wait_for_answer(host: str, port: int) -> None:
    while True:
        connection = http.client.HTTPConnection(host, port, timeout=1)
        with contextlib.closing(connection), contextlib.suppress(OSError):
            connection.request("GET", "/healthz")
            connection.getresponse()
            return
        time.sleep(0.02)


def _end_ourselves() -> None:
    os.kill(os.getpid(), signal.SIGTERM)


def _end_with_parent() -> None:
    if sys.platform == "linux":  # elsewhere a child outlives a parent killed by SIGKILL
        # No polite end: one that waits for what it is at may wait for ever, with the writers' lock.
        LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        parent = multiprocessing.parent_process()
        if parent is not None and parent.pid != os.getppid():  # it was killed before
            os._exit(1)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
