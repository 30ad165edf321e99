"""Servers as `python -m clinic.serve` starts them, each in a process of its own, without importing
everything anew for each: they are forks of one process that has done nothing but that."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Thread
from typing import Any

ROOT = Path(__file__).parents[1]

# What it is asked for comes a line each. Beside every server is one that waits for its end.
PROGRAM = """
import json, os, signal, sys
from clinic import serve
signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody asks how those ended that wait
for line in sys.stdin:
    if os.fork() == 0:
        break
else:
    sys.exit()
signal.signal(signal.SIGCHLD, signal.SIG_DFL)
asked = json.loads(line)
if (server := os.fork()) == 0:
    os.setsid()
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    output = os.open(asked["output"], os.O_WRONLY)
    os.dup2(output, 1)
    if asked["with_errors"]:
        os.dup2(output, 2)
    os.close(output)
    os.environ.clear()
    os.environ.update(asked["environ"])
    print(os.getpid(), flush=True)
    sys.exit(serve.main(*asked["commands"], **asked["settings"]))
_, status = os.waitpid(server, 0)
with open(asked["ended"], "w") as told:
    told.write(str(os.waitstatus_to_exitcode(status)))
os._exit(0)
"""


class Server:
    """What tests ask of a process: as `subprocess.Popen`, which can only hold its own children."""

    def __init__(self, output: Path, ended: Path) -> None:
        self.stdout = output.open()
        self.pid = int(self.stdout.readline())
        self.returncode: int | None = None
        self._ended = ended
        self._waits = Thread(target=self._wait, daemon=True)
        self._waits.start()

    def _wait(self) -> None:
        self.returncode = int(self._ended.read_text())

    def send_signal(self, number: int) -> None:
        with suppress(ProcessLookupError):
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def wait(self, timeout: float | None = None) -> int | None:
        self._waits.join(timeout)
        assert self.returncode is not None, "it has not ended"
        return self.returncode

    def communicate(self, timeout: float | None = None) -> tuple[str, None]:
        """What it still says until it has ended, and all who write where it does."""
        said: list[str] = []
        reads = Thread(target=lambda: said.append(self.stdout.read()), daemon=True)
        reads.start()
        reads.join(timeout)
        assert said, "it has not ended"
        self.wait(timeout)
        return said[0], None


class Starter:
    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def start(
        self,
        folder: Path,
        environ: Mapping[str, str],
        *commands: str,
        with_errors: bool = False,
        **settings: Any,
    ) -> Server:
        """Start one that says what it says into a pipe in this folder; its errors, too, or where
        the tests say theirs."""
        number = len(list(folder.glob("*.output")))
        output, ended = (folder / f"{number}.{name}" for name in ("output", "ended"))
        for pipe in (output, ended):
            os.mkfifo(pipe)
        asked = {
            "output": str(output),
            "ended": str(ended),
            "with_errors": with_errors,
            "environ": dict(environ),
            "commands": commands,
            "settings": settings,
        }
        assert self._process.stdin is not None
        self._process.stdin.write(f"{json.dumps(asked)}\n")
        self._process.stdin.flush()
        return Server(output, ended)


@contextmanager
def starting() -> Iterator[Starter]:
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM], cwd=ROOT, stdin=subprocess.PIPE, text=True
    )
    try:
        yield Starter(process)
    finally:
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(20) == 0
