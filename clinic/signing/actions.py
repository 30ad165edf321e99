import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import uuid4

from clinic import trail
from clinic.attendance import actions as attendance
from clinic.attendance.queries import booked_for
from clinic.attendance.rules import counts, looked_at
from clinic.db import db
from clinic.errors import refuse_if
from clinic.schedule.actions import by_hand
from clinic.schedule.models import Session, SignOff, Status
from clinic.signing import queries, rules
from clinic.tokens import keyed
from clinic.trail import Actor

SIGNED = "session.signed"


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
    signed = queries.signatures_of(session.id)
    for one in signed:
        if one.staff_id == staff_id:
            return one
    rows = booked_for(session.id)
    is_all_signed = all(row.signed_at for row in rows)
    is_leader = staff_id in session.leader_ids
    refuse_if(rules.why_not_now(session, listed=len(rows), now=now))
    refuse_if(rules.why_not_again(signed, is_all_signed=is_all_signed))
    refuse_if(
        rules.why_not_by(
            staff_id, is_leader=is_leader, may_for_others=may_for_others, signed=signed
        )
    )
    refuse_if(None if seen == looked_at(rows) else rules.CHANGED)
    act = uuid4().hex
    whole = attendance.sign(session, decided, act=act, by=by, now=now)
    assert staff_id is not None
    signer, numbers = queries.get_signer(staff_id), counts(whole)
    program, figures = queries.rules_of(session.program_id)
    sign_off = SignOff(
        session_id=session.id,
        staff_id=staff_id,
        is_second=bool(signed),
        is_on_behalf=not is_leader,
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
    db.add(sign_off)
    db.flush()
    trail.record(SIGNED, session, by=by, now=now, act=act, **facts_of(sign_off))
    return sign_off


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
