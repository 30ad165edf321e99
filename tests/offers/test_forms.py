from clinic.offers.forms import PlaceForm


def sent(app, **typed):
    with app.test_request_context(method="POST", data=typed):
        form = PlaceForm(meta={"csrf": False})
        form.validate()
        return form


def test_a_session_is_chosen_and_what_was_missed_may_be_said(app):
    assert sent(app).errors == {"session": ["Choose a session."]}
    form = sent(app, session="3", missed="", goes_on="y")
    assert (form.errors, form.session.data, form.missed.data) == ({}, 3, None)
    assert form.goes_on.data
    assert sent(app, session="3", missed="x").errors.keys() == {"missed"}
