"""Everybody at once: the way to find out what happens when two people press the same button."""

from collections.abc import Callable
from threading import Barrier, Thread
from typing import Any

from flask import Flask

from tests import make


def race(app: Flask, *calls: Callable[[], Any]) -> list[Any]:
    """Run the calls at the same moment, each in a thread, session and context of its own.

    Gives their answers in order; what a call raised is its answer.
    """
    make.saved()
    answers: list[Any] = [None] * len(calls)
    start = Barrier(len(calls))

    def run(place: int, call: Callable[[], Any]) -> None:
        with app.app_context():
            start.wait()
            try:
                answers[place] = call()
            except Exception as raised:  # noqa: BLE001 - the race is judged by its answers
                answers[place] = raised

    threads = [Thread(target=run, args=numbered) for numbered in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    make.read_afresh()
    return answers
