from flask import Response, current_app

from bench import floors
from bench.clinics import NOON, Size, asking, clinic, sign_in, stopped_clock
from bench.measure import Bench, Result, Row, cpu_in_turn, measures
from clinic.permissions import Permission
from clinic.web import requires

SIGNED_IN = Row(
    2,
    "signed-in small GET: cookie, transaction, user, permission",
    "bare Flask route",
    "ms CPU",
    4.0,
)


@measures(SIGNED_IN)
def signed_in(bench: Bench) -> list[Result]:
    size = Size(people=1, group=1, first=NOON.date(), last=NOON.date())
    with clinic(bench, size) as made, stopped_clock(NOON):
        made.app.add_url_rule("/bench/small", view_func=requires(Permission.SEE_SCHEDULE)(_small))
        real = asking(made.app, "/bench/small", cookie=sign_in(made, now=NOON))
        return [cpu_in_turn(bench, SIGNED_IN, real, asking(floors.app, "/healthz"))]


def _small() -> Response:
    return current_app.response_class("ok", mimetype="text/plain")
