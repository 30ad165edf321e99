import pytest

from clinic import addresses
from clinic.permissions import Permission


@pytest.mark.parametrize(
    ("target", "path"),
    [
        ("/today?day=2026-03-02", "/today?day=2026-03-02"),
        ("/", "/"),
        ("", None),
        (None, None),
        ("today", None),
        ("https://elsewhere.example", None),
        ("//elsewhere.example", None),
        ("/\\elsewhere.example", None),
        ("javascript:alert(1)", None),
        ("/\n/elsewhere.example", None),
        ("http:/elsewhere", None),
        ("//[", None),
    ],
)
def test_we_send_nobody_elsewhere(target, path):
    assert addresses.safe_next(target) == path


COORDINATOR = frozenset({Permission.SEE_SCHEDULE, Permission.MANAGE_PARTICIPANTS})


@pytest.mark.parametrize(
    ("target", "is_page", "is_theirs"),
    [
        ("/today?day=2026-03-02", True, True),
        ("/participants/new", True, True),
        ("/participants/4711/edit", True, True),  # whose it is, is for its view to say
        ("/setup/organization", True, False),
        ("/me", True, False),
        ("/sign-in", True, True),
        ("/sessions/1/marks", False, False),
        ("/sign-out", False, False),
        ("/nowhere", False, False),
        ("/participants/99999999999999999999", False, False),
        ("/participants/%6Eew", True, True),
        ("//elsewhere.example", False, False),
        (None, False, False),
    ],
)
def test_only_pages_that_can_be_opened_are_gone_on_to(app, target, is_page, is_theirs):
    with app.test_request_context():
        assert addresses.openable(target) == (target if is_page else None)
        assert addresses.openable(target, COORDINATOR) == (target if is_theirs else None)


@pytest.mark.parametrize(
    ("path", "next_", "page"),
    [
        ("/participants/new", None, "/participants/new"),
        ("/participants/new?a=b", "/today", "/participants/new?a=b"),
        ("/sessions/5/marks", None, "/sessions/5"),
        ("/sessions/5/marks", "/today", "/today"),
        ("/sessions/5/marks", "/sessions/5/undo", "/sessions/5"),
        ("/contacts/5/end", None, None),
    ],
)
def test_a_form_was_typed_on_its_own_page_or_where_it_says_or_above(app, path, next_, page):
    sent = {"next": next_} if next_ else {}
    with app.test_request_context(path, method="POST", data=sent):
        assert addresses.page_of_form() == page
