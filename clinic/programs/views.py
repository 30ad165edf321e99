"""Where whoever asks is at home: the site whose day and clock their pages go by."""

from collections.abc import Callable, Sequence
from datetime import datetime

from flask import Flask, current_app, g
from flask import session as cookie
from flask_login import current_user

from clinic.programs.models import Site
from clinic.programs.queries import Home, home, homes

SiteOf = Callable[[int, datetime], int | None]


def install(app: Flask, *, site_of: SiteOf) -> None:
    """`site_of` staff, at an instant: where they work, which higher features know."""
    app.extensions["site_of"] = site_of


def own_site_id(now: datetime) -> int | None:
    """Where whoever asks works; where that is not known, the site that they chose last."""
    if "own_site" not in g:
        staff_id, site_of = current_user.staff_id, current_app.extensions["site_of"]
        found = site_of(staff_id, now) if staff_id is not None else None
        g.own_site = cookie.get("site") if found is None else found
    return g.own_site  # type: ignore[no-any-return]


def own_site(places: Sequence[Site], now: datetime) -> Site:
    """The same of these sites, or the first of them."""
    site_id = own_site_id(now) if len(places) > 1 else None
    return next((place for place in places if place.id == site_id), places[0])


def own_home(now: datetime) -> Home:
    """The clock, the day and the week of whoever asks; of several sites it matters who that is."""
    found = homes(now)
    own = found.get(own_site_id(now) or 0) if len(found) > 1 else None
    return own or next(iter(found.values()), None) or home(now)


def site_asked(places: Sequence[Site], key: str | None) -> Site | None:
    """The site with the key that stands in the address, if any; it is remembered as chosen."""
    found = next((place for place in places if place.key == key), None)
    if found is not None and cookie.get("site") != found.id:
        cookie["site"] = found.id
    return found
