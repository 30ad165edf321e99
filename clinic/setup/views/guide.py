from typing import Any

from flask import url_for
from flask.typing import ResponseReturnValue

from clinic.formats import counted
from clinic.permissions import Permission
from clinic.setup import rules
from clinic.setup.queries.overview import Overview, overview
from clinic.setup.views import bp
from clinic.web import page, requires


@bp.get("/setup")
@requires(Permission.SET_UP_CLINIC)
def guide() -> ResponseReturnValue:
    there = overview()
    steps = rules.steps(
        {
            "organization": there.organizations > 0,
            "site": there.rooms > 0,
            "staff": there.clinicians > 0,
            "program": there.programs > 0,
            "group": there.series > 0,
            "participant": there.participants > 0,
            "place": there.places > 0,
        }
    )
    return page(
        "setup/guide.html",
        steps=[{**step._asdict(), "href": _href(step.name, there)} for step in steps],
        done=sum(step.state == "done" for step in steps),
        cards=_cards(there) if there.organizations else [],
    )


def _href(step: str, there: Overview) -> str:
    """The page on which a step is taken."""
    place = "/participants"
    if there.newcomer:
        place = f"/participants/{there.newcomer}/enroll"
    elif there.enrolled:
        place = f"/participants/{there.enrolled}"
    return {
        "organization": url_for("setup.organization"),
        "site": url_for("setup.sites" if there.sites else "setup.site_new"),
        "staff": "/staff/new",
        "program": url_for("setup.program_new"),
        "group": "/groups/new",
        "participant": "/participants/new",
        "place": place,
    }[step]


def _cards(there: Overview) -> list[dict[str, Any]]:
    rooms = counted(there.rooms, "room")
    return [
        _card("Organization", "Name, week, parts of the day, attendance policy", "organization"),
        _card("Sites and rooms", f"{counted(there.sites, 'site')}, {rooms}", "sites"),
        _card("Programs", counted(there.programs, "program"), "programs"),
        _card("Rule sets", counted(there.rule_sets, "rule set"), "rule_sets"),
        _card("Closures", counted(there.closures, "closure"), "closures"),
        {"title": "Staff", "text": counted(there.staff, "person", "people"), "href": "/staff"},
        {"title": "Groups", "text": counted(there.series, "group"), "href": "/groups"},
    ]


def _card(title: str, text: str, view: str) -> dict[str, Any]:
    return {"title": title, "text": text, "href": url_for(f"setup.{view}")}
