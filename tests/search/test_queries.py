from clinic.search.queries import sites_found
from tests import make


def test_sites_are_found_by_the_beginning_of_their_words(app):
    main = make.site(name="Main Street")
    make.site(name="Mainland", is_active=False)
    make.site(name="Harbor")
    assert [site.id for site in sites_found("ma")] == [main.id]
