"""WSGI over the server's own interface, so that nobody who is slow holds a thread.

A thread is taken once the whole request has come, and is free again before the answer is sent.
"""

import asyncio
import sys
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from tempfile import SpooledTemporaryFile
from typing import IO, Any, Final
from wsgiref.types import WSGIApplication

from granian.rsgi import HTTPProtocol, ProtocolClosed, Scope  # type: ignore[attr-defined]

LARGEST: Final = 6 * 1024 * 1024  # of a body that is read; views take less, and say so
IN_MEMORY: Final = 64 * 1024  # of each body; the rest waits on the disk
PATIENCE: Final = 20.0  # seconds for a body to come in, and one more
SLOWEST: Final = 1000  # for so many bytes of it that have come

Headers = list[tuple[str, str]]
Answer = tuple[int, Headers, bytes]
TOO_SLOW: Final[Answer] = (408, [("connection", "close")], b"")

BASIC: Final[dict[str, Any]] = {
    "SCRIPT_NAME": "",
    "wsgi.version": (1, 0),
    "wsgi.errors": sys.stderr,
    "wsgi.input_terminated": True,
    "wsgi.multithread": True,
    "wsgi.multiprocess": True,
    "wsgi.run_once": False,
}
BARE: Final = frozenset({"content-type", "content-length"})  # headers that get no prefix


class Gateway:
    """An application, as the server calls it: with whole requests."""

    def __init__(self, app: WSGIApplication, *, threads: int, patience: float = PATIENCE) -> None:
        self.app = app
        self.threads = ThreadPoolExecutor(threads)
        self.patience = patience

    async def __rsgi__(self, scope: Scope, proto: HTTPProtocol) -> None:
        environ = environ_of(scope)
        try:
            with SpooledTemporaryFile(IN_MEMORY) as body:
                size = await self._take_in(proto, environ, body)
                environ["wsgi.input"] = body if size <= LARGEST else BytesIO()
                environ.pop("HTTP_TRANSFER_ENCODING", None)
                environ["CONTENT_LENGTH"] = str(size)  # too large: the application says so
                loop = asyncio.get_running_loop()
                answer = await loop.run_in_executor(self.threads, answer_of, self.app, environ)
        except TimeoutError:
            answer = TOO_SLOW
        except ProtocolClosed:  # whoever asked is gone
            return
        status, headers, content = answer
        if content:
            proto.response_bytes(status, headers, content)
        else:
            proto.response_empty(status, headers)

    async def _take_in(self, proto: HTTPProtocol, environ: dict[str, Any], body: IO[bytes]) -> int:
        """Write what comes into `body`, and return its size, or one that is too large."""
        promised = environ.get("CONTENT_LENGTH", "0")
        promised = int(promised) if promised.isdecimal() else 0
        if promised > LARGEST or not (promised or "HTTP_TRANSFER_ENCODING" in environ):
            return promised
        size, until = 0, asyncio.get_running_loop().time() + self.patience
        async with asyncio.timeout_at(until) as limit:
            async for chunk in proto:
                size += len(chunk)
                if size > LARGEST:
                    break
                body.write(chunk)
                limit.reschedule(until + size / SLOWEST)
        body.seek(0)
        return size


def environ_of(scope: Scope) -> dict[str, Any]:
    """What WSGI calls a request, but for its body."""
    name, _, port = scope.server.rpartition(":")
    environ = BASIC | {
        "SERVER_PROTOCOL": f"HTTP/{scope.http_version}",
        "SERVER_NAME": name.strip("[]"),
        "SERVER_PORT": port,
        "REMOTE_ADDR": scope.client.rpartition(":")[0].strip("[]"),
        "REQUEST_METHOD": scope.method,
        "PATH_INFO": scope.path.encode().decode("latin-1"),
        "QUERY_STRING": scope.query_string,
        "wsgi.url_scheme": scope.scheme,
    }
    for header, value in scope.headers.items():
        if "_" in header:  # it would pass for the one with a dash
            continue
        key = header.upper().replace("-", "_")
        key = key if header in BARE else f"HTTP_{key}"
        between = "; " if header == "cookie" else ","
        environ[key] = f"{environ[key]}{between}{value}" if key in environ else value
    return environ


def answer_of(app: WSGIApplication, environ: dict[str, Any]) -> Answer:
    """Ask the application, and return its answer once it is whole."""
    begun: list[tuple[int, Headers]] = []

    def start(status: str, headers: Headers, _error: Any = None) -> Callable[[bytes], object]:
        begun.append((int(status.partition(" ")[0]), headers))
        return lambda _written: None

    parts: Iterable[bytes] = app(environ, start)
    try:
        content = b"".join(parts)
    finally:
        if hasattr(parts, "close"):
            parts.close()
    status, headers = begun[-1]
    return status, headers, content
