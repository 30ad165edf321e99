"""Who may do what with whose: every route and every role in one table.

It is asked for real in a small clinic that is made once; what a request writes is undone. What is
sent names a row of a sheet and is empty otherwise, so any answer but 403 and 404 counts as done.
"""

import json
import re
from contextlib import suppress
from contextvars import Context

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from clinic.accounts.models import SignIn
from clinic.attendance.actions import mark
from clinic.bookings.queries import last_act
from clinic.db import db
from clinic.permissions import Role
from clinic.schedule.models import Status
from clinic.trail import SYSTEM, TrailEvent
from tests import make
from tests.pages import Pages
from tests.structure.test_routes import routes

# Three letters are about a thing of one's own, one of somebody else at the same site, and one of
# another site; a single letter is about a path in which no thing is named.
#
#   y   it is done, or the form says what is missing
#   n   refused: this role has no business there
#   -   not there: for this person there is no such thing
#   s   first sign in
#   k   only with the key of a device
#
# Own is what the clinician leads and whom they care for, and what is about the participant. One's
# own working week, time off, list of people, calendar link and what was kept are one's own always.
TABLE = """
                                                               adm coo cli des bil aud par out
GET /                                                          y   y   y   y   y   y   y   s
GET /account                                                   y   y   y   y   y   y   y   s
GET POST /account/calendar                                     y   y   y   y   n   y   n   s
POST /account/calendar/<link>/end                              y-- y-- y-- y-- nnn y-- nnn sss
POST /account/calendar/<link>/name                             y-- y-- y-- y-- nnn y-- nnn sss
GET POST /account/kiosk-pin                                    y   y   y   y   n   n   n   s
POST /account/kiosk-pin/remove                                 y   y   y   y   n   n   n   s
GET POST /account/password                                     y   y   y   y   y   y   y   s
POST /account/sign-ins/<sign_in>/end                           y-- y-- y-- y-- y-- y-- y-- sss
POST /account/sign-ins/end                                     y   y   y   y   y   y   y   s
GET /amendments                                                y   y   y   y   n   y   n   s
GET /amendments/<amendment>                                    yyy yyy y-- yyy nnn yyy nnn sss
POST /amendments/<amendment>/agree                             yyy yyy --- yyy nnn nnn nnn sss
POST /amendments/<amendment>/decline                           yyy yyy y-- yyy nnn nnn nnn sss
GET /attendance-alerts                                         y   y   y   n   y   y   n   s
GET /audits                                                    y   n   n   n   y   y   n   s
GET /audits/file                                               y   n   n   n   y   y   n   s
GET /authorizations                                            y   y   y   n   y   y   n   s
GET POST /authorizations/<authorization>                       yyy yyy nnn nnn yyy nnn nnn sss
POST /authorizations/<authorization>/remove                    yyy yyy nnn nnn yyy nnn nnn sss
GET /billing/batches                                           y   y   n   n   y   y   n   s
GET /billing/batches/<batch>                                   yyy yyy nnn nnn yyy yyy nnn sss
POST /billing/batches/<batch>/file                             yyy yyy nnn nnn yyy nnn nnn sss
GET POST /billing/corrections                                  y   y   n   n   y   n   n   s
GET /billing/corrections/<receipt>                             yyy yyy nnn nnn yyy yyy nnn sss
POST /billing/corrections/<receipt>                            yyy yyy nnn nnn yyy nnn nnn sss
GET POST /billing/export                                       y   y   n   n   y   n   n   s
POST /billing/settlements/<settlement>/take-back               yyy yyy nnn nnn yyy nnn nnn sss
GET /bookings/<booking>                                         yyy yyy y-- nnn yyy yyy nnn sss
GET /billing                                                   y   y   n   n   y   y   n   s
GET /billing/days/<enrollment>                                 yyy yyy nnn nnn yyy yyy nnn sss
POST /billing/days/<enrollment>/left-out                       yyy yyy nnn nnn yyy nnn nnn sss
POST /billing/days/<enrollment>/left-out/<unbilled>/end        yyy yyy nnn nnn yyy nnn nnn sss
POST /billing                                                  y   y   n   n   y   n   n   s
POST /billing/left-out/undo                                    y   y   n   n   y   n   n   s
GET POST /bookings/<booking>/amend                             yyy yyy y-- yyy nnn nnn nnn sss
GET /building                                                  y   y   y   y   y   y   n   s
GET /census                                                    y   y   y   n   y   y   n   s
GET POST /certifications/<certification>                       yyy yyy nnn nnn yyy nnn nnn sss
POST /certifications/<certification>/remove                    yyy yyy nnn nnn yyy nnn nnn sss
GET POST /consents/<consent>/revoke                            yyy yyy nnn nnn nnn nnn nnn sss
GET POST /contacts/<contact>/edit                              yyy yyy nnn nnn nnn nnn nnn sss
POST /contacts/<contact>/end                                   yyy yyy nnn nnn nnn nnn nnn sss
POST /contacts/<contact>/resume                                yyy yyy nnn nnn nnn nnn nnn sss
GET /drafts                                                    y   y   y   y   y   y   y   s
POST /drafts/<draft>/remove                                    y-- y-- y-- y-- y-- y-- y-- sss
GET /enrollments/<enrollment>                                  yyy yyy y-- nnn yyy yyy nnn sss
GET /enrollments/<enrollment>/authorizations                   yyy yyy y-- nnn yyy yyy nnn sss
GET POST /enrollments/<enrollment>/authorizations/new          yyy yyy nnn nnn yyy nnn nnn sss
POST /enrollments/<enrollment>/authorizations/undo             yyy yyy nnn nnn yyy nnn nnn sss
GET POST /enrollments/<enrollment>/call-off                    yyy yyy nnn nnn nnn nnn nnn sss
GET POST /enrollments/<enrollment>/certifications/new          yyy yyy nnn nnn yyy nnn nnn sss
GET POST /enrollments/<enrollment>/circumstances               yyy yyy nnn nnn nnn nnn nnn sss
GET POST /enrollments/<enrollment>/end                         yyy yyy nnn nnn nnn nnn nnn sss
GET POST /enrollments/<enrollment>/groups                      yyy yyy y-- nnn nnn nnn nnn sss
GET POST /enrollments/<enrollment>/leave                       yyy yyy nnn nnn nnn nnn nnn sss
GET POST /enrollments/<enrollment>/leaves/<leave>              yyy yyy nnn nnn nnn nnn nnn sss
GET /enrollments/<enrollment>/next                             yyy yyy nnn nnn nnn nnn nnn sss
POST /enrollments/<enrollment>/make-ups/offer                  yyy yyy y-- yyy nnn nnn nnn sss
POST /enrollments/<enrollment>/make-ups/place                  yyy yyy y-- yyy nnn nnn nnn sss
GET POST /enrollments/<enrollment>/planned-end                 yyy yyy nnn nnn nnn nnn nnn sss
GET POST /enrollments/<enrollment>/step-down                   yyy yyy nnn nnn nnn nnn nnn sss
GET POST /enrollments/<enrollment>/target                      yyy yyy nnn nnn nnn nnn nnn sss
GET POST /enrollments/<enrollment>/targets/<target>/withdrawal yyy yyy nnn nnn nnn nnn nnn sss
GET POST /enrollments/<enrollment>/transition-weeks            yyy yyy nnn nnn nnn nnn nnn sss
GET POST /enrollments/<enrollment>/what-if                     yyy yyy y-- nnn nnn nnn nnn sss
GET POST /exports                                              y   y   n   n   y   y   n   s
GET /feeds/<token>.ics                                         yyy yyy yyy yyy yyy yyy yyy yyy
GET POST /forgotten-password                                   -   -   -   -   -   -   -   -
GET /forgotten-password/mailed                                 -   -   -   -   -   -   -   -
GET /groups                                                    y   y   y   n   n   y   n   s
GET /groups/<series>                                           yyy yyy y-- nnn nnn yyy nnn sss
GET POST /groups/<series>/edit                                 yyy yyy nnn nnn nnn nnn nnn sss
POST /groups/<series>/end                                      yyy yyy nnn nnn nnn nnn nnn sss
GET POST /groups/<series>/people                               yyy yyy y-- nnn nnn nnn nnn sss
POST /groups/<series>/people/undo                              yyy yyy y-- nnn nnn nnn nnn sss
GET POST /groups/<series>/what-if                              yyy yyy y-- nnn nnn nnn nnn sss
GET POST /groups/new                                           y   y   n   n   n   n   n   s
GET /healthz                                                   y   y   y   y   y   y   y   y
GET /hours                                                     y   y   y   n   y   y   n   s
GET /hours/digest                                              y   y   y   n   n   n   n   s
GET /hours/one-more                                            y   y   n   n   n   n   n   s
GET /hours/short-weeks                                         y   y   y   n   n   n   n   s
GET POST /hours/short-weeks/<closing>                          yyy yyy y-- nnn nnn nnn nnn sss
POST /hours/short-weeks/<closing>/reopen                       yyy yyy y-- nnn nnn nnn nnn sss
GET /hours/trends                                              y   y   y   n   y   y   n   s
GET /hours/trends/<enrollment>                                 yyy yyy y-- nnn yyy yyy nnn sss
GET POST /invitations                                          y   y   y   y   y   y   y   y
GET POST /invitations/<token>                                  yyy yyy yyy yyy yyy yyy yyy yyy
GET /kiosk                                                     y   y   y   y   y   y   y   y
GET /kiosk/worker                                              y   y   y   y   y   y   y   y
POST /kiosk/check-ins                                          k   k   k   k   k   k   k   k
POST /kiosk/arrivals                                           k   k   k   k   k   k   k   k
POST /kiosk/arrivals/undo                                      k   k   k   k   k   k   k   k
POST /kiosk/lock                                               k   k   k   k   k   k   k   k
POST /kiosk/people                                             k   k   k   k   k   k   k   k
GET /kiosk/room                                                y   y   y   y   y   y   y   y
POST /kiosk/room/codes                                         k   k   k   k   k   k   k   k
GET /kiosk/search                                              y   y   y   y   y   y   y   y
POST /kiosk/unlock                                             k   k   k   k   k   k   k   k
POST /kiosk/unpair                                             k   k   k   k   k   k   k   k
POST /kiosk/pairings                                           y   y   y   y   y   y   y   y
POST /kiosk/taps/<tap>/seen                                    yyy yyy nnn yyy nnn nnn nnn sss
GET POST /kiosks/undo                                          y   y   n   y   n   n   n   s
POST /kiosks/undo/back                                         y   y   n   y   n   n   n   s
POST /make-ups/<offer>/undo                                    yyy yyy y-- yyy nnn nnn nnn sss
POST /make-ups/<offer>/withdraw                                yyy yyy y-- yyy nnn nnn nnn sss
GET /me                                                        n   n   n   n   n   n   y   s
GET POST /me/absence                                           n   n   n   n   n   n   y   s
POST /me/absence/undo                                          n   n   n   n   n   n   -   s
GET POST /me/calendar                                          n   n   n   n   n   n   y   s
POST /me/calendar/<link>/end                                   nnn nnn nnn nnn nnn nnn y-- sss
POST /me/calendar/<link>/name                                  nnn nnn nnn nnn nnn nnn y-- sss
POST /me/check-ins                                             n   n   n   n   n   n   y   s
POST /me/offers/<offer>/decline                                nnn nnn nnn nnn nnn nnn y-- sss
POST /me/offers/<offer>/take                                   nnn nnn nnn nnn nnn nnn y-- sss
GET /me/sessions/<session>.ics                                 nnn nnn nnn nnn nnn nnn y-- sss
POST /me/sessions/<session>/coming                             nnn nnn nnn nnn nnn nnn y-- sss
POST /me/sessions/<session>/join                               nnn nnn nnn nnn nnn nnn y-- sss
POST /me/sessions/<session>/leave                              nnn nnn nnn nnn nnn nnn y-- sss
GET /participants                                              y   y   y   n   y   y   n   s
GET /participants/<participant>                                yyy yyy y-- nnn yyy yyy nnn sss
GET POST /participants/<participant>/absence                   yyy yyy y-- yyy nnn nnn nnn sss
POST /participants/<participant>/arrivals                      yyy yyy y-- yyy nnn nnn nnn sss
GET /participants/<participant>/attendance                     yyy yyy y-- nnn yyy yyy nnn sss
GET POST /participants/<participant>/calendar                  yyy yyy y-- nnn nnn nnn nnn sss
POST /participants/<participant>/calendar/<link>/end           yyy yyy y-- nnn nnn nnn nnn sss
POST /participants/<participant>/calendar/<link>/name          yyy yyy y-- nnn nnn nnn nnn sss
GET POST /participants/<participant>/consents/new              yyy yyy nnn nnn nnn nnn nnn sss
GET POST /participants/<participant>/contacts/new              yyy yyy nnn nnn nnn nnn nnn sss
GET /participants/<participant>/desk                           yyy yyy y-- yyy nnn yyy nnn sss
POST /participants/<participant>/groups/undo                   yyy yyy y-- nnn nnn nnn nnn sss
POST /participants/<participant>/undo                          yyy yyy nnn nnn nnn nnn nnn sss
POST /participants/<participant>/desk/undo                     yyy yyy y-- yyy nnn nnn nnn sss
GET POST /participants/<participant>/edit                      yyy yyy nnn nnn nnn nnn nnn sss
GET POST /participants/<participant>/enroll                    yyy yyy nnn nnn nnn nnn nnn sss
GET POST /participants/<participant>/invitations               yyy yyy nnn nnn nnn nnn nnn sss
POST     /participants/<participant>/invitations/revoke        yyy yyy nnn nnn nnn nnn nnn sss
GET POST /participants/<participant>/merge                     yyy yyy nnn nnn nnn nnn nnn sss
GET POST /participants/import                                  y   y   n   n   n   n   n   s
GET /participants/import/<upload>                              y-- y-- nnn nnn nnn nnn nnn sss
POST /participants/import/<upload>/answers                     y-- y-- nnn nnn nnn nnn nnn sss
POST /participants/import/<upload>/bring-in                    y-- y-- nnn nnn nnn nnn nnn sss
GET POST /participants/import/<upload>/columns                 y-- y-- nnn nnn nnn nnn nnn sss
POST /participants/import/<upload>/give-up                     y-- y-- nnn nnn nnn nnn nnn sss
POST /participants/import/<upload>/rows                        y-- y-- nnn nnn nnn nnn nnn sss
GET POST /participants/<participant>/pin                       yyy yyy y-- yyy nnn nnn nnn sss
GET /participants/<participant>/review                         yyy yyy y-- nnn nnn nnn nnn sss
GET POST /participants/<participant>/tasks/new                 yyy yyy y-- nnn nnn nnn nnn sss
GET POST /participants/enroll                                  y   y   n   n   n   n   n   s
GET POST /participants/new                                     y   y   n   n   n   n   n   s
GET /readyz                                                    y   y   y   y   y   y   y   y
GET POST /rosters/<entry>/end                                  yyy yyy y-- nnn nnn nnn nnn sss
GET POST /rosters/<entry>/move                                 yyy yyy y-- nnn nnn nnn nnn sss
GET /search                                                    y   y   y   y   y   y   n   s
GET /sessions/<session>                                        yyy yyy y-- yyy nnn yyy nnn sss
GET /sessions/<session>.ics                                    yyy yyy y-- yyy nnn yyy nnn sss
POST /sessions/<session>/cancel                                yyy yyy y-- nnn nnn nnn nnn sss
POST /sessions/<session>/changes/undo                          yyy yyy y-- nnn nnn nnn nnn sss
GET /sessions/<session>/code                                   yyy yyy y-- yyy nnn nnn nnn sss
GET /sessions/<session>/code/now                               kkk kkk kkk kkk kkk kkk kkk kkk
POST /sessions/<session>/departures                            yyy yyy y-- yyy nnn nnn nnn sss
POST /sessions/<session>/departures/undo                       yyy yyy y-- yyy nnn nnn nnn sss
GET POST /sessions/<session>/edit                              yyy yyy y-- nnn nnn nnn nnn sss
GET /sessions/<session>/guests                                 yyy yyy y-- yyy nnn nnn nnn sss
GET /sessions/<session>/held                                   yyy yyy y-- yyy nnn nnn nnn sss
GET /sessions/<session>/pulse                                  yyy yyy y-- yyy nnn yyy nnn sss
POST /sessions/<session>/guests/add                            yyy yyy y-- yyy nnn nnn nnn sss
POST /sessions/<session>/guests/end                            yyy yyy y-- yyy nnn nnn nnn sss
POST /sessions/<session>/guests/undo                           yyy yyy y-- yyy nnn nnn nnn sss
POST /sessions/<session>/held                                  yyy yyy y-- yyy nnn nnn nnn sss
GET POST /sessions/<session>/join-link                         yyy yyy y-- nnn nnn nnn nnn sss
POST /sessions/<session>/marks                                 yyy yyy y-- yyy nnn nnn nnn sss
POST /sessions/<session>/marks/known                           yyy yyy y-- yyy nnn nnn nnn sss
POST /sessions/<session>/marks/rest                            yyy yyy y-- yyy nnn nnn nnn sss
GET /sessions/<session>/paper                                  yyy yyy y-- yyy nnn nnn nnn sss
POST /sessions/<session>/paper                                 yyy yyy y-- yyy nnn nnn nnn sss
POST /sessions/<session>/reinstate                             yyy yyy y-- nnn nnn nnn nnn sss
GET POST /sessions/<session>/sign                              yyy yyy y-- nnn nnn nnn nnn sss
POST /sessions/<session>/undo                                  yyy yyy y-- yyy nnn nnn nnn sss
GET POST /sessions/<session>/amend                             yyy yyy y-- yyy nnn nnn nnn sss
GET POST /sessions/book                                        y   y   y   n   n   n   n   s
GET /sessions/new                                              y   y   y   n   n   n   n   s
GET /setup                                                     y   n   n   n   n   n   n   s
GET /setup/closures                                            y   y   n   n   n   n   n   s
GET POST /setup/closures/<closure>                             yyy yyy nnn nnn nnn nnn nnn sss
POST /setup/closures/<closure>/remove                          yyy yyy nnn nnn nnn nnn nnn sss
GET POST /setup/closures/new                                   y   y   n   n   n   n   n   s
GET POST /setup/kiosks                                         y   n   n   n   n   n   n   s
POST /setup/kiosks/<device>/name                               yyy nnn nnn nnn nnn nnn nnn sss
POST /setup/kiosks/<device>/revoke                             yyy nnn nnn nnn nnn nnn nnn sss
POST /setup/kiosks/codes/<code>/end                            yyy nnn nnn nnn nnn nnn nnn sss
GET /setup/kiosks/codes/<code>                                 yyy nnn nnn nnn nnn nnn nnn sss
GET POST /setup/organization                                   y   n   n   n   n   n   n   s
GET /setup/programs                                            y   n   n   n   n   n   n   s
GET POST /setup/programs/<program>                             yyy nnn nnn nnn nnn nnn nnn sss
POST /setup/programs/<program>/deactivate                      yyy nnn nnn nnn nnn nnn nnn sss
POST /setup/programs/<program>/reactivate                      yyy nnn nnn nnn nnn nnn nnn sss
GET POST /setup/programs/new                                   y   n   n   n   n   n   n   s
POST /setup/rooms/<room>                                       yyy nnn nnn nnn nnn nnn nnn sss
POST /setup/rooms/<room>/deactivate                            yyy nnn nnn nnn nnn nnn nnn sss
POST /setup/rooms/<room>/reactivate                            yyy nnn nnn nnn nnn nnn nnn sss
GET /setup/rule-sets                                           y   n   n   n   n   n   n   s
GET /setup/rule-sets/<rule_set>                                yyy nnn nnn nnn nnn nnn nnn sss
POST /setup/rule-sets/<rule_set>/copy                          yyy nnn nnn nnn nnn nnn nnn sss
POST /setup/rule-sets/<rule_set>/deactivate                    yyy nnn nnn nnn nnn nnn nnn sss
GET POST /setup/rule-sets/<rule_set>/edit                      yyy nnn nnn nnn nnn nnn nnn sss
POST /setup/rule-sets/<rule_set>/reactivate                    yyy nnn nnn nnn nnn nnn nnn sss
GET /setup/sites                                               y   n   n   n   n   n   n   s
GET POST /setup/sites/<site>                                   yyy nnn nnn nnn nnn nnn nnn sss
POST /setup/sites/<site>/deactivate                            yyy nnn nnn nnn nnn nnn nnn sss
POST /setup/sites/<site>/reactivate                            yyy nnn nnn nnn nnn nnn nnn sss
POST /setup/sites/<site>/rooms                                 yyy nnn nnn nnn nnn nnn nnn sss
GET POST /setup/sites/new                                      y   n   n   n   n   n   n   s
GET POST /sheets                                               y   y   y   n   n   n   n   s
GET POST /sign-in                                              y   y   y   y   y   y   y   y
POST /sign-out                                                 y   y   y   y   y   y   y   y
GET /staff                                                     y   y   y   y   y   y   n   s
GET /staff/<staff>                                             yyy yyy yyy yyy yyy yyy nnn sss
GET POST /staff/<staff>/deactivate                             yyy nnn nnn nnn nnn nnn nnn sss
GET POST /staff/<staff>/edit                                   yyy nnn nnn nnn nnn nnn nnn sss
GET POST /staff/<staff>/invitations                            yyy nnn nnn nnn nnn nnn nnn sss
POST     /staff/<staff>/invitations/revoke                     yyy nnn nnn nnn nnn nnn nnn sss
POST /staff/<staff>/reactivate                                 yyy nnn nnn nnn nnn nnn nnn sss
POST /staff/<staff>/reset                                      yyy nnn nnn nnn nnn nnn nnn sss
GET POST /staff/<staff>/time-off                               yyy yyy nnn nnn nnn nnn nnn sss
GET /staff/<staff>/week                                        yyy yyy yyy nnn nnn nnn nnn sss
GET POST /staff/new                                            y   n   n   n   n   n   n   s
GET POST /time-off/<time_off>                                  yyy yyy nnn nnn nnn nnn nnn sss
POST /time-off/<time_off>/remove                               yyy yyy nnn nnn nnn nnn nnn sss
GET /tasks                                                     y   y   y   n   n   n   n   s
GET POST /tasks/<task>                                         yyy yyy y-- nnn nnn nnn nnn sss
POST /tasks/<task>/reopen                                      yyy yyy y-- nnn nnn nnn nnn sss
GET /today                                                     y   y   y   y   n   y   n   s
GET /today/paper-sheets                                        y   y   y   y   n   n   n   s
GET /today/sheets                                              y   y   y   y   n   y   n   s
"""
ROLES = {
    "adm": Role.ADMIN,
    "coo": Role.COORDINATOR,
    "cli": Role.CLINICIAN,
    "des": Role.FRONT_DESK,
    "bil": Role.BILLING,
    "aud": Role.AUDITOR,
    "par": Role.PARTICIPANT,
    "out": None,
}
EVENT = (TrailEvent.subject_kind, TrailEvent.subject_id, TrailEvent.facts)
LETTERS = {401: "k", 403: "n", 404: "-"}
NAMED = {  # what the trail names, as it does, and what it is called here
    "booking": "booking",
    "enrollment": "enrollment",
    "participant": "participant",
    "participant_id": "participant",
    "roster_entry": "entry",
    "series": "series",
    "session": "session",
}
USUAL = {
    "day": "2026-03-10",
    "from_on": "2026-03-10",
    "until_on": "2026-03-10",
    "starts": "15:00",
    "ends": "16:00",
    "mode": "virtual",
    "kind": "group",
    "seats": "9",
    "name": "Phone",
    "reason": "Something",
}
LAST = "/sign-out"  # nobody is signed in after it
HOW = (
    "Every route has a row in TABLE of tests/structure/test_access.py that says who may do it with"
    " whose. Decide that first; then mend the route, or write what is answered now, the row below."
)


def test_everybody_may_do_what_the_table_says_and_nothing_else(app, at, signed_in, monkeypatch):
    at("2026-03-02 10:05")
    here, there = make.program(make.site()), make.program(make.site())
    worlds = [world(1, here), world(2, here), world(3, there)]
    people = [who_has(role, worlds, app, signed_in) for role in ROLES.values()]
    make.saved()
    monkeypatch.setattr(db, "commit", undo)
    answered = {
        key: [letters(key, pages, things) for pages, things in people]
        for key in sorted(keys_of(app), key=lambda key: (LAST in key, key[1], key[0]))
    }
    expected = dict(rows_of(TABLE))
    wrong = [f"{' '.join(key)} is no route any more" for key in expected.keys() - answered.keys()]
    wrong += [written(key, each) for key, each in answered.items() if each != expected.get(key)]
    assert not wrong, "\n".join([HOW, *wrong])


@pytest.mark.parametrize("role", [Role.CLINICIAN, Role.PARTICIPANT])
def test_what_a_form_names_of_another_site_stays_as_it_is(app, at, signed_in, monkeypatch, role):
    """On a path about one's own: the ids in a form are not to be trusted more than that one."""
    at("2026-03-02 10:05")
    worlds = [world(number, make.program(make.site())) for number in (1, 2)]
    pages, (own, other) = who_has(role, worlds, app, signed_in)
    make.saved()
    before, told, roll_back = db.scalar(select(func.max(TrailEvent.id))), [], db.rollback
    make.saved()

    def note():  # also what is only shown
        with suppress(SQLAlchemyError):
            told.extend(db.execute(select(*EVENT).where(TrailEvent.id > before)).all())
        roll_back()

    monkeypatch.setattr(db, "rollback", note)
    monkeypatch.setattr(db, "commit", undo)
    theirs = {(kind, other[name]) for kind, name in NAMED.items()}
    for key in sorted(keys_of(app)):
        method, path = key
        if method == "POST" and path not in {LAST, "/sign-in"}:
            asked = re.sub(r"<(\w+)>", lambda name: str(own[name[1]]), path)
            data = USUAL | {name: other[name] for name in set(NAMED.values())} | other["sent"]
            data |= {"people": [other["enrollment"]], "csrf_token": pages.token(), "step": "save"}
            Context().run(pages.client.open, asked, method=method, data=data)
    assert told != []
    assert {about for event in told for about in named_in(event)} & theirs == set()


def named_in(event):
    facts = json.loads(event.facts)
    yield event.subject_kind, event.subject_id
    yield from ((kind, facts[kind]) for kind in NAMED if isinstance(facts.get(kind), int))


def keys_of(app):
    for rule in routes(app):
        for method in rule.methods & {"GET", "POST"}:
            yield method, re.sub(r"<\w+:(\w+?)(_id)?>", r"<\1>", rule.rule)


def rows_of(table):
    for line in table.split("\n")[2:-1]:
        asked, *found = line.rsplit(maxsplit=len(ROLES))
        *methods, path = asked.split()
        for method in methods:
            yield (method, path), found


def written(key, found):
    return f"{' '.join(key):62} {' '.join(f'{each:3}' for each in found)}".rstrip()


def undo():
    db.expunge_all()
    db.rollback()


def world(number, program):
    """A thing of each kind, all of one clinician and one participant."""
    lead, room = make.staff(), make.room(program.site)
    enrollment = make.enrollment(program=program, clinician=lead)
    person = enrollment.participant
    series = make.series(program, leaders=[lead], room=room)
    entry = make.roster_entry(series, enrollment)
    session = make.session(series=series)
    booking = make.booking(session, enrollment, roster_entry=entry)
    here = {"arrived_at": session.starts_at, "version": booking.version}
    mark(booking, status=Status.PRESENT, **here, by=SYSTEM, now=session.starts_at)
    contact = make.contact(person)
    make.invitation(lead.account, token=f"token-{number}")
    make.feed_link(person, token=f"token-{number}")
    device = make.kiosk_device(program.site, key=f"key-{number}")
    return {
        "people": {Role.CLINICIAN: lead, Role.PARTICIPANT: person},
        "sent": {"mark": f"{booking.id}.{booking.version}.present", "change": last_act(booking.id)},
        "amendment": make.attendance_amendment(booking, lead).id,
        "authorization": make.authorization(enrollment).id,
        **receipt_of(enrollment, lead),
        "booking": booking.id,
        "certification": make.certification(enrollment).id,
        "closure": make.closure(f"2026-03-2{number}", site_id=program.site_id).id,
        "closing": make.week_closing(enrollment).id,
        "code": make.pairing_code(program.site, code=f"code-{number}").id,
        "consent": make.consent(person, contact).id,
        "contact": contact.id,
        "device": device.id,
        "enrollment": enrollment.id,
        "entry": entry.id,
        "leave": make.leave(enrollment, "2026-03-03", "2026-03-09").id,
        "link": make.feed_link(person, token=f"link-{number}").id,
        "offer": make.offer(enrollment, session).id,
        "participant": person.id,
        "program": program.id,
        "room": room.id,
        "rule_set": make.rule_set().id,
        "series": series.id,
        "session": session.id,
        "site": program.site_id,
        "tap": make.kiosk_tap(device, person).id,
        "task": make.task(person).id,
        "target": make.target(enrollment, "2026-04-06").id,
        "token": f"token-{number}",
        "own_draft": make.draft(person.account).id,
        "own_sign_in": sign_in_of(person),
        "unbilled": make.unbilled_day(enrollment, "2026-03-02", lead).id,
        **things_of_staff(lead),
    }


def receipt_of(enrollment, person):
    receipt = make.receipt(enrollment, person)
    settlement = make.settlement(receipt, person)
    return {"receipt": receipt.id, "batch": receipt.batch_id, "settlement": settlement.id}


def things_of_staff(person):
    return {
        "draft": make.draft(person.account).id,
        "sign_in": sign_in_of(person),
        "staff": person.id,
        "staff_link": make.feed_link(person, token=f"of-{person.key}").id,
        "time_off": make.time_off(person, "2026-03-20").id,
        "upload": make.upload(person.account).id,
    }


def sign_in_of(person):
    make.sign_in(person.account)
    return db.scalar(select(func.max(SignIn.id)))


def who_has(role, worlds, app, signed_in):
    """Somebody's browser, and the things of the three worlds, the first one theirs."""
    own, *others = worlds
    if role is None:
        return Pages(app), worlds
    if person := own["people"].get(role):
        mine = {name: own[f"own_{name}"] for name in ("draft", "sign_in")}
        mine = mine if role is Role.PARTICIPANT else {}
        return signed_in(person), [own | mine, *others]
    person = make.staff(roles=[role])
    return signed_in(person), [own | things_of_staff(person), *others]


def letters(key, pages, worlds):
    method, path = key
    names = re.findall(r"<(\w+)>", path)
    unknown = set(names) - worlds[0].keys()
    assert not unknown, f"{path}: have world() of this file make a thing for {', '.join(unknown)}"
    if path.startswith("/account/"):
        path = path.replace("<link>", "<staff_link>")
    options = {"data": {"csrf_token": pages.token()}} if method == "POST" else {}
    found = ""
    for things in worlds if names else worlds[:1]:
        asked = re.sub(r"<(\w+)>", lambda name, things=things: str(things[name[1]]), path)
        if options:
            options["data"] |= things["sent"]
        answer = Context().run(pages.client.open, asked, method=method, **options)
        asks_who = path != LAST and (answer.location or "").startswith("/sign-in")
        found += "s" if asks_who else LETTERS.get(answer.status_code, "y")
    return found
