import pytest
from flask import Flask

from clinic import sent

app = Flask(__name__)


@pytest.mark.parametrize(
    ("step", "only_shown"), [("back", True), ("save", False), ("", False), (None, False)]
)
def test_a_form_that_is_sent_back_is_only_shown(step, only_shown):
    with app.test_request_context(method="POST", data={"step": step} if step is not None else {}):
        assert sent.only_shown() is only_shown


def test_what_was_typed_is_all_but_what_the_page_put_there():
    typed = {"csrf_token": "x", "step": "save", "shown": "y", "draft": "3", "day": ["1", "2"]}
    with app.test_request_context(method="POST", data=typed):
        assert [*sent.typed()] == [("day", "1"), ("day", "2")]


def test_what_is_no_form_says_nothing():
    with app.test_request_context(method="POST", json={"step": "back", "day": "1"}):
        assert (sent.is_form(), sent.only_shown(), [*sent.typed()]) == (False, False, [])
