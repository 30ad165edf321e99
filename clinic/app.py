"""The factory: settings, extensions, blueprints, error pages, filters; no logic."""

from pathlib import Path
from typing import Any

from flask_migrate import Migrate
from flask_wtf import CSRFProtect
from jinja2 import StrictUndefined
from werkzeug.middleware.proxy_fix import ProxyFix

from clinic import assets, cli, config, formats, health, web
from clinic.absences import views as absences
from clinic.accounts import views as accounts
from clinic.admissions import views as admissions
from clinic.amendments import rules as amendment_rules
from clinic.amendments import views as amendments
from clinic.attendance import views as attendance
from clinic.authorizations import views as authorizations
from clinic.authorizations.queries import if_coming
from clinic.billing import views as billing
from clinic.building import views as building
from clinic.calendars import views as calendars
from clinic.census import views as census
from clinic.claims import rules as claims_rules
from clinic.claims import views as claims
from clinic.claims.actions import note_signed
from clinic.closures import views as closures
from clinic.codes import views as codes
from clinic.contacts import views as contacts
from clinic.db import database
from clinic.demo import queries as demo
from clinic.desk import views as desk
from clinic.digest import views as digest
from clinic.drafts import views as drafts
from clinic.effects import views as effects
from clinic.effects.rules import times_words
from clinic.enrolled import views as enrolled
from clinic.enrollment import rules as enrollment
from clinic.exchange import views as exchange
from clinic.feeds import actions as feeds_actions
from clinic.feeds import queries as feeds_queries
from clinic.feeds import views as feeds
from clinic.forgotten import views as forgotten
from clinic.groups import views as groups
from clinic.guests import views as guests
from clinic.held import rules as held_rules
from clinic.held import views as held
from clinic.hours import views as hours
from clinic.intake import views as intake
from clinic.invitations import views as invitations
from clinic.kiosk import views as kiosk
from clinic.merge import views as merge
from clinic.offerings import views as offerings
from clinic.offers import views as offers
from clinic.onemore import views as onemore
from clinic.pairing import views as pairing
from clinic.paper import views as paper
from clinic.participants import rules as participants
from clinic.participants.queries import known_of
from clinic.pins import views as pins
from clinic.portal import views as portal
from clinic.portal.queries import site_of_participant
from clinic.programs import views as programs
from clinic.programs.rules import LEVELS
from clinic.records import views as records
from clinic.rosters import views as rosters
from clinic.samples import views as samples
from clinic.schedule.queries.staff import site_of
from clinic.schedule.rules import words as schedule_words
from clinic.schedule.rules.acts import act_words
from clinic.schedule.rules.changes import change_by_hand_words
from clinic.search import views as search
from clinic.sessions import views as sessions
from clinic.setup import views as setup
from clinic.shortweeks import views as shortweeks
from clinic.shortweeks.queries import said_of
from clinic.signing import views as signing
from clinic.slots import views as slots
from clinic.staff import views as staff
from clinic.stations import views as stations
from clinic.stories import rules as stories_rules
from clinic.stories import views as stories
from clinic.taps import views as taps
from clinic.tasks import views as tasks
from clinic.today import views as today
from clinic.told.rules import known_words
from clinic.trends import views as trends
from clinic.whatif import views as whatif

WORDS = {  # of features for their rows, as filters of the templates: values in, words out
    "act_words": act_words,
    "after_words": amendment_rules.after_words,
    "amended_why": amendment_rules.WHYS.get,
    "before_words": amendment_rules.before_words,
    "decision_word": amendment_rules.DECISIONS.get,
    "minutes_words": amendment_rules.minutes_words,
    "attendance_label": schedule_words.attendance_label,
    "recorded_words": schedule_words.recorded_words,
    "identity_word": schedule_words.IDENTITIES.__getitem__,
    "mode_word": schedule_words.MODES.__getitem__,
    "times_known": schedule_words.times_known,
    "change_by_hand_words": change_by_hand_words,
    "checked_in": schedule_words.checked_in,
    "held_words": held_rules.times_words,
    "led_words": held_rules.led_words,
    "is_checked_in": schedule_words.is_checked_in,
    "correction_words": claims_rules.correction_words,
    "settled_words": claims_rules.settled_words,
    "day_words": claims_rules.day_words,
    "claimed_words": claims_rules.worth_words,
    "consent_state": participants.consent_state,
    "ending_words": enrollment.ending_words,
    "known_since": known_words,
    "language_name": participants.language_name,
    "level_name": LEVELS.__getitem__,
    "may_be_told": participants.may_be_told,
    "meets": schedule_words.meets,
    "captured_word": schedule_words.captured_word,
    "period": schedule_words.period,
    "prescribed": enrollment.prescribed,
    "is_late": schedule_words.is_late,
    "moment_words": stories_rules.moment_words,
    "minutes_late": schedule_words.minutes_late,
    "punctuality": schedule_words.punctuality,
    "reason_shown": schedule_words.reason_shown,
    "scope_words": participants.scope_words,
    "names_whom": schedule_words.names_whom,
    "session_name": schedule_words.session_name,
    "standing": enrollment.standing,
    "target_on": enrollment.target_on,
    "times_words": times_words,
    "weekly_hours": enrollment.weekly_hours,
}
FEATURES = (
    absences,
    accounts,
    admissions,
    amendments,
    attendance,
    authorizations,
    billing,
    building,
    calendars,
    census,
    claims,
    closures,
    codes,
    contacts,
    drafts,
    desk,
    digest,
    effects,
    enrolled,
    exchange,
    feeds,
    forgotten,
    groups,
    guests,
    held,
    hours,
    intake,
    invitations,
    kiosk,
    merge,
    offerings,
    offers,
    onemore,
    pairing,
    paper,
    pins,
    portal,
    records,
    rosters,
    samples,
    search,
    sessions,
    setup,
    shortweeks,
    signing,
    slots,
    staff,
    stations,
    stories,
    tasks,
    taps,
    today,
    trends,
    whatif,
)
ROOT = Path(__file__).parent.parent

csrf = CSRFProtect()


def create_app(**overrides: Any) -> web.Clinic:
    """A clinic's application; `overrides` replace settings, for tests."""
    instance = Path(overrides.pop("instance", ROOT / "instance"))
    app = web.Clinic("clinic", instance_path=str(instance), static_folder=None)
    app.jinja_options = {
        "undefined": StrictUndefined,
        "trim_blocks": True,
        "lstrip_blocks": True,
    }
    app.config.from_mapping(config.settings(instance) | overrides)
    app.wsgi_app = ProxyFix(  # type: ignore[method-assign]  # as its documentation has it
        app.wsgi_app, x_for=app.config["CLINIC_PROXIES"], x_proto=0, x_host=0
    )
    database.init_app(app)
    Migrate(app, database, directory=str(ROOT / "migrations"))
    app.before_request(web.allow_size)
    csrf.init_app(app)
    csrf.exempt(kiosk.check_ins)  # a device key in a header, no cookie: nothing to forge
    csrf.exempt(pairing.pair)  # nor with a code that is good once
    for view in stations.BY_KIOSKS:
        csrf.exempt(view)
    app.before_request(web.refuse_nul)
    links = accounts.Links(feeds_queries.number_of_links, feeds_actions.revoke_of)
    accounts.install(app, known_of=known_of, links=links, shown=demo.sign_ins)
    programs.install(app, site_of=site_of, site_of_participant=site_of_participant)
    attendance.install(app, say_undone=offers.say_undone)
    signing.install(app, signed=note_signed)
    offers.install(app, if_coming=if_coming, why_beyond=authorizations.why_beyond)
    hours.install(app, closings_of=said_of)
    drafts.install(app)
    formats.install(app)
    app.jinja_env.filters.update(WORDS)
    web.install(app)
    health.install(app)
    assets.install(app)
    for feature in FEATURES:
        app.register_blueprint(feature.bp)
    cli.install(app)
    return app
