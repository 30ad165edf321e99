from collections.abc import Sequence

from clinic.programs.models import Site
from clinic.programs.queries import sites
from clinic.search.rules import begins


def sites_found(typed: str) -> Sequence[Site]:
    """Active sites that are called so."""
    return [site for site in sites(active_only=True) if begins(typed, site.name)]
