"""What the overview pages say. Values in, words out."""

from collections.abc import Iterable
from datetime import date

from clinic.days import Range
from clinic.enrollment.models import EndReason, Leave, Outcome
from clinic.formats import hours
from clinic.programs.models import Level

LEVELS = {
    Level.OUTPATIENT: "Outpatient (ASAM 1)",
    Level.INTENSIVE_OUTPATIENT: "Intensive outpatient (ASAM 2.1)",
    Level.PARTIAL_HOSPITALIZATION: "Partial hospitalization (ASAM 2.5)",
    Level.AFTERCARE: "Aftercare",
}
PARTS = (("morning", "Morning"), ("afternoon", "Afternoon"), ("evening", "Evening"))
ENDINGS = {
    (Outcome.COMPLETED, EndReason.COMPLETED): "Completed",
    (Outcome.TRANSFERRED, EndReason.TRANSFERRED): "Transferred to another program or clinic",
    (Outcome.LEFT, EndReason.DROPPED_OUT): "Left: dropped out",
    (Outcome.LEFT, EndReason.OTHER): "Left: other reason",
    (Outcome.DISCHARGED, EndReason.TERMINATED): "Discharged: ended by the clinic",
    (Outcome.DISCHARGED, EndReason.INCARCERATED): "Discharged: incarcerated",
    (Outcome.DISCHARGED, EndReason.DIED): "Discharged: died",
    (Outcome.DISCHARGED, EndReason.OTHER): "Discharged: other reason",
}


def sheet_state(*, listed: int, marked: int, signed: int, is_cancelled: bool) -> str:
    """How far the attendance of a session is taken."""
    if is_cancelled:
        return "cancelled"
    if listed and signed == listed:
        return "signed"
    if not marked:
        return "not started"
    return "complete" if marked == listed else "partly"


def target_words(min_minutes: int, max_minutes: int) -> str:
    if min_minutes == max_minutes:
        return f"{hours(min_minutes)} hours a week"
    return f"{hours(min_minutes)} – {hours(max_minutes)} hours a week"


def ending_words(outcome: Outcome, reason: EndReason | None) -> str:
    """How an enrollment ended: `Left: dropped out`, or `Left` where nobody noted why."""
    words = ENDINGS.get((outcome, reason)) if reason else None
    return words or outcome.value.capitalize()


def is_away(leaves: Iterable[Leave | Range], day: date) -> bool:
    return any(
        leave.from_on <= day and (leave.until_on is None or day <= leave.until_on)
        for leave in leaves
    )


def seats_words(booked: int, seats: int) -> str:
    """`9 of 12`; the fullest coming session counts."""
    return f"{booked} of {seats}"
