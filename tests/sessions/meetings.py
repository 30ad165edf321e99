"""One meeting of a group, and the forms about it."""

from datetime import date

from sqlalchemy import select

from clinic.db import db
from clinic.schedule.models import Session

THURSDAY = date(2026, 3, 12)


def thursday(series):
    return db.scalars(
        select(Session).where(Session.series_id == series.id, Session.planned_on == THURSDAY)
    ).one()


def edit(session):
    return f"/sessions/{session.id}/edit"


def saved(pages, path, **facts):
    """Send the form of the page before us, look at what it leads to, and save that."""
    words = pages.submit(path, status=200, **facts).page.words
    assert "Nothing is saved yet." in words
    pages.submit(path, step="save")
    return words
