"""Servers on the loopback, and many requests to them at once."""

import contextlib
import http.client
import os
import selectors
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parent.parent
SERVER = (  # as clinic.serve sets it up
    *(sys.executable, "-m", "granian", "--interface", "rsgi", "--http", "1", "--no-ws"),
    *("--workers", "2", "--backpressure", "4096"),
    *("--log-level", "error", "--no-access-log", "--workers-kill-timeout", "1"),
)
CONNECTIONS = 8
STARTS_WITHIN = 30.0
ANSWERS_WITHIN = 10.0

FLOORS = "bench.served:floors"
PRODUCT = "bench.served:product"


class Load(NamedTuple):
    """How the requests of one round were answered."""

    answers: int
    seconds: float
    waits: list[float]

    @property
    def rps(self) -> float:
        return self.answers / self.seconds

    @property
    def p99(self) -> float:
        """Milliseconds that one in a hundred waited longer than."""
        return statistics.quantiles(self.waits, n=100)[-1] * 1000


class Want(NamedTuple):
    """What every answer must be; a server that errs fast is no fast server."""

    status: int = 200
    holds: bytes = b""


@contextlib.contextmanager
def served(app: str, settings: Mapping[str, str]) -> Iterator[int]:
    """An application on the server of `make run`, at a port of its own."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    command = (*SERVER, "--host", "127.0.0.1", "--port", str(port), app)
    server = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **settings})
    try:
        _wait_for(server, port)
        yield port
    finally:
        server.terminate()
        try:
            server.wait(5)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def _wait_for(server: subprocess.Popen[bytes], port: int) -> None:
    give_up = time.monotonic() + STARTS_WITHIN
    while server.poll() is None and time.monotonic() < give_up:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=1)
        with contextlib.closing(connection), contextlib.suppress(OSError):
            connection.request("GET", "/healthz")
            connection.getresponse()
            return
        time.sleep(0.05)
    raise RuntimeError("the server did not start")


def request(path: str, *, body: bytes | None = None, **headers: str) -> bytes:
    """A request as it goes over the wire; `If_None_Match="…"` is a header."""
    lines = [f"{'GET' if body is None else 'POST'} {path} HTTP/1.1", "Host: 127.0.0.1"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    if body is not None:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, "", ""]).encode() + (body or b"")


def drive(port: int, requests: Iterable[bytes], *, seconds: float, want: Want) -> Load:
    """Send requests on several connections, one at a time on each, until time or they run out."""
    todo = iter(requests)
    waits: list[float] = []
    with contextlib.ExitStack() as stack:
        ready = stack.enter_context(selectors.DefaultSelector())
        begun = time.perf_counter()
        for _ in range(CONNECTIONS):
            line = stack.enter_context(socket.create_connection(("127.0.0.1", port)))
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            asked = _Asked(line)
            if asked.send(next(todo, None)):
                ready.register(line, selectors.EVENT_READ, asked)
        while ready.get_map():
            events = ready.select(ANSWERS_WITHIN)
            if not events:
                raise RuntimeError(f"no answer within {ANSWERS_WITHIN:g} seconds")
            for key, _ in events:
                asked = key.data
                if not asked.receive(want):
                    continue
                now = time.perf_counter()
                waits.append(now - asked.sent_at)
                if now - begun >= seconds or not asked.send(next(todo, None)):
                    ready.unregister(asked.line)
        return Load(len(waits), time.perf_counter() - begun, waits)


class _Asked:
    """A connection and the answer that it is waiting for."""

    def __init__(self, line: socket.socket) -> None:
        self.line = line
        self.sent_at = 0.0
        self.received = b""

    def send(self, asking: bytes | None) -> bool:
        if asking is None:
            return False
        self.received = b""
        self.sent_at = time.perf_counter()
        self.line.sendall(asking)
        return True

    def receive(self, want: Want) -> bool:
        """Whether the answer is complete now; raises when it is not the wanted one."""
        part = self.line.recv(1 << 20)
        self.received += part
        head, mark, body = self.received.partition(b"\r\n\r\n")
        if not part:
            raise RuntimeError("the server has hung up")
        if not mark or len(body) < _length(head):
            return False
        if int(head[9:12]) != want.status or want.holds not in body:
            raise RuntimeError(f"not the answer that was wanted: {self.received[:2000]!r}")
        return True


def _length(head: bytes) -> int:
    _, mark, rest = head.lower().partition(b"\r\ncontent-length:")
    return int(rest.partition(b"\r\n")[0]) if mark else 0
