"""What can be looked for from everywhere, and when it is worth looking. Values in, answer out."""

from collections.abc import Collection, Iterator
from typing import NamedTuple

from clinic.names import words_of

FEWEST = 2  # letters or digits
LONGEST = 100  # letters; nobody types more to find somebody


class Place(NamedTuple):
    """A page that can be found by its title and by other words for what is there."""

    endpoint: str
    title: str
    also: str = ""


PLACES = (
    Place("today.today", "Today", "board day sessions sheets attendance"),
    Place("signing.sheets", "Sheets to sign", "sign off signature unsigned attendance"),
    Place("groups.groups", "Groups", "series roster rosters"),
    Place("groups.new", "Set up a group", "new series"),
    Place("sessions.book", "Plan a session", "book individual family one-off appointment"),
    Place("slots.slots", "Free times", "slots appointment plan"),
    Place("hours.week", "Hours", "week make-up states bars"),
    Place("shortweeks.short_weeks", "Short weeks", "close staffing meeting cause decision"),
    Place("records.participants", "Participants", "people list"),
    Place("admissions.enroll_new", "Enroll a new participant", "add person admission admit intake"),
    Place("records.participant_new", "Add participant", "new person"),
    Place("intake.upload", "Import people", "import csv xlsx excel people"),
    Place("today.attendance_alerts", "Attendance alerts", "missed too often policy misses"),
    Place("tasks.tasks", "Tasks", "to do call misses overdue reach out"),
    Place("census.census", "Census", "active arriving leaving numbers"),
    Place("billing.holds", "Hold list", "billing units not billable unsigned authorization claim"),
    Place("claims.export", "Export to billing", "claims units csv xlsx payer receipts"),
    Place("claims.corrections", "Corrections", "claims amended since corrected payer"),
    Place("exchange.exports", "Export records", "csv file spreadsheet hours attendance billing"),
    Place("samples.audit", "Mock audit", "sample draw seed payer error rate records chain"),
    Place("amendments.amendments", "Amendments", "changed after signed correct attendance records"),
    Place("building.building", "In the building", "fire alarm roll call who is here"),
    Place("staff.staff", "Staff", "clinicians colleagues access"),
    Place("staff.new", "Add staff", "new colleague invite"),
    Place("closures.closures", "Closures", "holidays closed days"),
    Place("setup.guide", "Setup", "settings guide"),
    Place("setup.organization", "Organization", "settings attendance policy notice week doors"),
    Place("setup.sites", "Sites and rooms", "address seats"),
    Place("pairing.kiosks", "Kiosks", "tablet pair code door check-in pin"),
    Place("offerings.programs", "Programs", "level of care weekly hours"),
    Place("offerings.rule_sets", "Rule sets", "figures payer state medicare"),
    Place("accounts.account", "Your account", "my sign-in"),
    Place("accounts.password", "Change password", "my password"),
)


def why_not_look(typed: str) -> str | None:
    """Why what was typed is too little to look for."""
    if sum(map(len, words_of(typed))) < FEWEST:
        return "Type at least two letters of a name."
    return None


def begins(typed: str, text: str) -> bool:
    """Whether every word that was typed begins a word of a text."""
    known = words_of(text)
    return all(any(word.startswith(each) for word in known) for each in words_of(typed))


def places(typed: str, endpoints: Collection[str]) -> Iterator[Place]:
    """Yield the pages of these that are called so."""
    for place in PLACES:
        if place.endpoint in endpoints and begins(typed, f"{place.title} {place.also}"):
            yield place
