from clinic.closures.forms import ClosureForm


def sent(app, **typed):
    plain = {"name": "Storm", "from_on": "2026-03-09", "until_on": "2026-03-10"}
    with app.test_request_context(method="POST", data=plain | typed):
        form = ClosureForm(meta={"csrf": False})
        form.validate()
        return form.errors


def test_a_closure_has_a_reason_and_days_in_order(app):
    assert sent(app) == {}
    assert sent(app, name="") == {"name": ["Enter a reason, like Memorial Day."]}
    assert sent(app, until_on="2026-03-08") == {"until_on": ["The last day is before the first."]}
    assert sent(app, from_on="soon") == {
        "from_on": ["This is not a date. Write it like 2026-03-09."]
    }
    assert sent(app, from_on="0001-01-01") == {
        "from_on": ["This is too long ago, or too far ahead."]
    }
    assert sent(app, until_on="9999-01-01") == {
        "until_on": ["This is too long ago, or too far ahead."]
    }
