"""The line between a kiosk and its clinic, which can be cut, and a tablet that can be killed."""

import contextlib
import os
import signal
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, BrowserType, Error, Page

from tests.journeys.live import free_address


class Line:
    """What comes in at `url` goes to the clinic and back, unless the line is cut."""

    def __init__(self, to: str) -> None:
        self.url = f"http://{free_address()}"
        self.to = _pair(to)
        self.is_cut = self.hangs = False
        self.open: set[socket.socket] = set()
        self.listener = socket.create_server(_pair(self.url), backlog=64)

    def cut(self, *, hangs: bool = False) -> None:
        """Whatever is on its way gets lost, and nobody is reached any more.

        One that hangs says nothing at all, for as long as one waits.
        """
        self.is_cut, self.hangs = True, hangs
        self._end_all()

    def mend(self) -> None:
        self.is_cut = False
        self._end_all()

    def _end_all(self) -> None:
        for each in list(self.open):
            _end(each)
            self.open.discard(each)

    def take(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                inside, _ = self.listener.accept()
                if not self.is_cut:
                    self._connect(inside)
                elif self.hangs:
                    self.open.add(inside)
                else:
                    inside.close()

    def _connect(self, inside: socket.socket) -> None:
        outside = socket.create_connection(self.to)
        self.open |= {inside, outside}
        for source, target in ((inside, outside), (outside, inside)):
            threading.Thread(target=self._carry, args=(source, target), daemon=True).start()

    def _carry(self, source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while content := source.recv(65536):
                target.sendall(content)
        for each in (source, target):
            _end(each)
            self.open.discard(each)


def _pair(url: str) -> tuple[str, int]:
    host, _, port = url.removeprefix("http://").partition(":")
    return host, int(port)


def _end(one: socket.socket) -> None:
    with contextlib.suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)
    one.close()


@contextlib.contextmanager
def line_to(url: str) -> Iterator[Line]:
    line = Line(url)
    thread = threading.Thread(target=line.take, daemon=True)
    thread.start()
    try:
        yield line
    finally:
        line.cut()
        _end(line.listener)
        thread.join()


class Tablet:
    """A browser with a disk of its own, which it finds again after it was killed."""

    def __init__(self, kind: BrowserType, args: dict[str, Any], folder: Path, url: str) -> None:
        self.kind, self.args, self.folder, self.url = kind, args, folder, url
        self.context: BrowserContext | None = None

    def open(self) -> Page:
        """Switch it on, and open the kiosk's page."""
        self.context = self.kind.launch_persistent_context(
            self.folder, base_url=self.url, reduced_motion="reduce", **self.args
        )
        page = self.context.pages[0]
        page.goto("/kiosk")
        return page

    def kill(self) -> None:
        """The battery is taken out."""
        for process in self._processes():
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        self.close()

    def close(self) -> None:
        with contextlib.suppress(Error):
            if self.context is not None:
                self.context.close()
        self.context = None

    def _processes(self) -> list[int]:
        mine = f"--user-data-dir={self.folder}".encode()
        found = []
        for folder in Path("/proc").iterdir():
            with contextlib.suppress(OSError, ValueError):
                if mine in (folder / "cmdline").read_bytes():
                    found.append(int(folder.name))
        return found

    def has_on_disk(self, text: str) -> bool:
        """Whether that stands anywhere in what the browser has stored, as it is."""
        looked_for = [text.encode(encoding) for encoding in ("utf-8", "utf-16-le")]
        stored = [path.read_bytes() for path in self.folder.rglob("*") if path.is_file()]
        return any(each in content for each in looked_for for content in stored)
