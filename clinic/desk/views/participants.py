from datetime import datetime
from typing import Any

from flask import redirect, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from clinic import clock
from clinic.desk.forms import PutOnForm, TakeOffForm
from clinic.desk.queries import participant as whole
from clinic.desk.queries import people
from clinic.desk.queries.story import story_of
from clinic.desk.views import bp
from clinic.formats import day_numeric, phone
from clinic.participants.queries import get_participant
from clinic.participants.rules.people import language_name
from clinic.permissions import Permission
from clinic.policy.queries import alerts_of
from clinic.programs.queries import home
from clinic.web import looked_at, page, requires, scope


@bp.get("/participants/<int:participant_id>")
@requires(Permission.SEE_PARTICIPANTS)
def participant(participant_id: int) -> ResponseReturnValue:
    kept_id = people.get_in_scope(participant_id, scope())
    if kept_id != participant_id:
        return redirect(url_for("desk.participant", participant_id=kept_id))
    return participant_page(participant_id, now=clock.now())


def participant_page(
    participant_id: int,
    *,
    now: datetime,
    status: int = 200,
    put_on_form: tuple[int, PutOnForm] | None = None,
    take_off_form: tuple[int, TakeOffForm] | None = None,
) -> ResponseReturnValue:
    """The participant's page, with the form that was refused as it was typed."""
    looked_at([participant_id])
    person = get_participant(participant_id)
    permissions = current_user.permissions
    with_topics = Permission.SEE_TOPICS in permissions
    enrollments = whole.lived_by(participant_id)
    cards = whole.cards_of(
        enrollments,
        with_topics=with_topics,
        with_hours=Permission.SEE_HOURS in permissions,
        to_manage=Permission.MANAGE_PARTICIPANTS in permissions,
        now=now,
    )
    coming, past = whole.visits_of(enrollments, with_topics=with_topics, now=now)
    return page(
        "desk/participant.html",
        status=status,
        person={
            "id": person.id,
            "name": person.name,
            "preferred_name": person.preferred_name,
            "key": person.key,
            "birth": day_numeric(person.birth_on) if person.birth_on else "",
            "pronouns": person.pronouns or "",
            "language": language_name(person.language),
            "phone": phone(person.phone) if Permission.SEE_CONTACTS in permissions else "",
            "email": person.account.email or "",
            "has_pin": person.pin_digest is not None,
        },
        enrollments=[_with_forms(card, put_on_form, take_off_form) for card in cards],
        alerts=alerts_of([participant_id], now=now).get(participant_id, []),
        story=story_of(enrollments, with_reasons=with_topics, now=now),
        sessions=coming,
        history=past,
        around=people.around(participant_id, day=home(now).today)
        if Permission.SEE_CONTACTS in permissions
        else None,
    )


def _with_forms(
    card: whole.EnrollmentCard,
    put_on_form: tuple[int, PutOnForm] | None,
    take_off_form: tuple[int, TakeOffForm] | None,
) -> dict[str, Any]:
    if put_on_form is not None and put_on_form[0] == card.id:
        form = put_on_form[1]
    else:
        form = PutOnForm(formdata=None, from_on=card.today)
        form.series.choices = card.choices
    groups = [group._asdict() for group in card.groups]
    for group in groups:
        if take_off_form is not None and take_off_form[0] == group["entry_id"]:
            field = take_off_form[1].until_on
            group |= {
                "error": field.errors[0],
                "typed": field.raw_data[0] if field.raw_data else "",
            }
    return card._asdict() | {"groups": groups, "put_on_form": form}
