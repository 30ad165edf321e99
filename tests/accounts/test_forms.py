from clinic.accounts import forms


def test_a_password_is_taken_as_it_was_typed_and_an_address_is_trimmed(app):
    typed = {"email": " ana@example.org ", "password": "  seven quiet herons "}
    with app.test_request_context("/sign-in", method="POST", data=typed):
        form = forms.SignInForm()
    assert (form.email.data, form.password.data) == ("ana@example.org", "  seven quiet herons ")


def test_a_password_is_never_sent_back(app):
    with app.test_request_context("/", method="POST", data={"password": "seven quiet herons"}):
        form = forms.NewPasswordForm()
        assert "herons" not in form.password()


def test_browsers_are_told_what_each_field_is(app):
    with app.test_request_context("/"):
        fields = [*forms.SignInForm(), *forms.PasswordForm()]
    assert [
        (field.name, field.render_kw["autocomplete"]) for field in fields if field.render_kw
    ] == [
        ("email", "username"),
        ("password", "current-password"),
        ("current", "current-password"),
        ("password", "new-password"),
        ("repeated", "new-password"),
    ]
