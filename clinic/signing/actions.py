import json
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import uuid4

from clinic import clock, trail
from clinic.accounts.actions import Reminder
from clinic.accounts.actions import remind as remind_staff
from clinic.attendance import actions as attendance
from clinic.attendance.queries import get_session, signatures_on
from clinic.attendance.rules import counts, looked_at, why_not_close
from clinic.bookings.queries import booked_for, changed_by
from clinic.bookings.rules import Booked
from clinic.db import db, savepoint
from clinic.errors import NotFound, Refused, refuse_if
from clinic.programs.queries import home
from clinic.schedule.actions import by_hand
from clinic.schedule.models import Session, SignOff, Status
from clinic.signing import queries, rules
from clinic.tokens import keyed
from clinic.trail import Actor

SIGNED = "session.signed"
SIGNED_ADDED = "session.signed_added"  # for who was put on the sheet after it was signed


def sign(
    session: Session,
    decided: Mapping[int, Status],
    *,
    staff_id: int | None,
    seen: str,
    may_for_others: bool,
    by: Actor,
    now: datetime,
) -> SignOff:
    """Sign for the attendance of a session, as its leader, on behalf, or as the second person.

    `decided` is what is so of those who were unmarked, by booking; `seen` is what the sheet was
    when it was looked at. Signing twice changes nothing.
    """
    by_hand.hold(session)
    signed = signatures_on([session.id])[session.id]
    rows = booked_for(session.id)
    theirs = next((one for one in signed if one.staff_id == staff_id), None)
    if theirs is not None and all(row.signed_at for row in rows):
        return theirs
    refuse_if(why_not_close(session, rows, signed, now=now))
    is_leader = rules.has_led(session.leaders, staff_id)
    adds = rules.signs_for_added(signed, rows, staff_id)
    refuse_if(
        rules.why_not_by(
            staff_id,
            is_leader=is_leader,
            may_for_others=may_for_others,
            signed=() if adds else signed,
        )
    )
    if seen != looked_at(session, rows):
        changed = [*changed_by([row.id for row in rows], but=by).values()]
        raise Refused(rules.why_changed(changed[-1] if changed else None))
    act = uuid4().hex
    with trail.appended_last():
        whole = attendance.sign(session, decided, act=act, by=by, now=now)
    if adds:
        trail.record(SIGNED_ADDED, session, by=by, now=now, act=act, staff=staff_id)
        return signed[0]
    assert staff_id is not None
    sign_off = _signature(
        session, staff_id, whole, is_second=bool(signed), is_on_behalf=not is_leader, now=now
    )
    db.add(sign_off)
    db.flush()
    trail.record(SIGNED, session, by=by, now=now, act=act, **facts_of(sign_off))
    return sign_off


def _signature(
    session: Session,
    staff_id: int,
    rows: Collection[Booked],
    *,
    is_second: bool,
    is_on_behalf: bool,
    now: datetime,
) -> SignOff:
    """Return somebody's word for these attendances, with what they are today."""
    signer, numbers = queries.get_signer(staff_id), counts(rows)
    program, figures = queries.rules_of(session.program_id)
    return SignOff(
        session_id=session.id,
        staff_id=staff_id,
        is_second=is_second,
        is_on_behalf=is_on_behalf,
        name=signer.name,
        credentials=signer.credentials,
        license_number=signer.license_number,
        license_expires_on=signer.license_expires_on,
        is_license_valid=rules.is_license_valid(signer, session.day),
        signed_at=now,
        words_version=rules.NOW_ATTESTED,
        signatures_min=rules.signatures_min(figures, session.kind, program.population),
        present=numbers["present"],
        absent=numbers["absent"],
    )


def sign_several(
    sheets: Iterable[tuple[int, str]],
    *,
    scope: int | None,
    staff_id: int | None,
    by: Actor,
    now: datetime,
) -> dict[int, str]:
    """Sign these sheets, each as it was `seen`, as far as that can be.

    `scope` is whoever must be leading them. Returns by session why it is not signed.
    """
    refused = {}
    for session_id, seen in sheets:
        try:
            with savepoint():
                sign(
                    get_session(session_id, scope=scope),
                    {},
                    staff_id=staff_id,
                    seen=seen,
                    may_for_others=scope is None,
                    by=by,
                    now=now,
                )
        except Refused as no:
            refused[session_id] = no.sentence
        except NotFound:
            refused[session_id] = rules.GONE
    return refused


def facts_of(sign_off: SignOff) -> dict[str, Any]:
    """Return what the trail holds of a signature: who signed as a digest, for the words may go."""
    who = [
        sign_off.name,
        sign_off.credentials,
        sign_off.license_number,
        trail.plain(sign_off.license_expires_on),
    ]
    return {
        "sign_off": sign_off.id,
        "staff": sign_off.staff_id,
        "is_second": sign_off.is_second,
        "is_on_behalf": sign_off.is_on_behalf,
        "who": keyed("sign-off", json.dumps(who)),
        "is_license_valid": sign_off.is_license_valid,
        "signed_at": sign_off.signed_at,
        "words_version": sign_off.words_version,
        "signatures_min": sign_off.signatures_min,
        "present": sign_off.present,
        "absent": sign_off.absent,
    }


def remind(*, link: str, now: datetime) -> int:
    """In the morning, write to whoever has sheets of the days before to sign: once a day, however
    often it is asked for. Returns to how many."""
    zone, today, *_ = home(now)
    if now.astimezone(zone).hour < rules.REMINDED_FROM:
        return 0
    since = clock.bounds_of(today, zone)[0]
    due = [
        Reminder(
            row.staff_id,
            row.email,
            since,
            rules.reminder(row.sheets, link),
            {"sheets": row.sheets},
        )
        for row in queries.to_remind(today, now=now)
        if rules.is_to_remind(row, today)
    ]
    return remind_staff(due, verb=queries.REMINDED, subject=rules.SUBJECT, now=now)
