from clinic.admissions.forms import NewcomerForm


def test_somebody_new_has_what_is_known_of_them_beside_their_enrollment(app):
    typed = {"name": " Jordan  Avery ", "phone": "202-555-0123", "from_on": "2026-03-09"}
    with app.test_request_context(method="POST", data=typed):
        form = NewcomerForm(meta={"csrf": False})
    assert form.person["name"] == "Jordan Avery"
    assert (form.person["phone"], form.person["pin"]) == ("+12025550123", None)
    assert (form.facts["from_on"].isoformat(), form.facts["wished_part"]) == ("2026-03-09", None)
    assert {*form.who} <= form.person.keys()
