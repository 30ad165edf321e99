"""Where whoever asks is at home: the site whose day and clock their pages go by."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Final, TypeVar

from flask import Flask, current_app, g
from flask_login import current_user

from clinic.programs.models import Site
from clinic.programs.queries import Clinic, Home, SiteHome, home, homes

Place = TypeVar("Place", Site, SiteHome)
ALL: Final = "all"  # of the sites, in an address
SiteOf = Callable[[int, datetime], int | None]


def install(app: Flask, *, site_of: SiteOf, site_of_participant: SiteOf) -> None:
    """`site_of` staff by id, at an instant: where they work; `site_of_participant` by account:
    where they are enrolled. Higher features know them."""
    app.extensions["site_of"] = site_of
    app.extensions["site_of_participant"] = site_of_participant


def own_site_id(now: datetime) -> int | None:
    """Where whoever asks works or is enrolled, as far as that is known."""
    if "own_site" not in g:
        staff_id, found = current_user.staff_id, current_app.extensions
        g.own_site = (
            found["site_of_participant"](current_user.account_id, now)
            if staff_id is None
            else found["site_of"](staff_id, now)
        )
    return g.own_site  # type: ignore[no-any-return]


def own_site(places: Sequence[Site], now: datetime) -> Site:
    """The same of these sites; where it is not known the one chosen last, or the first of them."""
    site_id = own_site_id(now) if len(places) > 1 else None
    own = next((place for place in places if place.id == site_id), None)
    return own or _with_key(places, current_user.site_shown) or places[0]


def own_home(now: datetime, clinic: Clinic | None = None) -> Home:
    """The clock, the day and the week of whoever asks; of several sites it matters who that is.
    `clinic` where it was read before."""
    found = homes(now, clinic)
    own_id = own_site_id(now) if len(found) > 1 else None
    own = next((site for site in found if site.id == own_id), None)
    own = own or _with_key(found, current_user.site_shown) or next(iter(found), None)
    return own.home if own else home(now)


def site_asked(places: Sequence[Site], key: str | None) -> Site | None:
    """The site with the key that stands in the address, if any; it is remembered as chosen."""
    found = _with_key(places, key)
    if found is not None:
        g.site_chosen = found.key
    return found


def site_shown(
    places: Sequence[Site], key: str | None, now: datetime, *, is_limited: bool = False
) -> Site | None:
    """The site that a page is about: the one asked for, else the one chosen last, else one's own.

    None for all of them, which can be chosen, too. Whoever is limited to sessions of their own
    sees those of all sites as long as they ask for no other.
    """
    asked = site_asked(places, key)
    if key == ALL and asked is None:
        g.site_chosen = ALL
    if asked is not None or key == ALL or is_limited or len(places) == 1:
        return asked
    if current_user.site_shown == ALL:
        return None
    return _with_key(places, current_user.site_shown) or own_site(places, now)


def _with_key(places: Iterable[Place], key: str | None) -> Place | None:
    return next((place for place in places if place.key == key), None)
