from clinic.accounts.models import Account
from clinic.db import db
from clinic.demo.clinic import PASSWORD
from clinic.demo.queries import sign_ins
from clinic.passwords import hash_password
from clinic.permissions import Role
from tests import make


def everybody():
    for number, role in enumerate(Role):
        make.account(roles=[role], email=f"{number}@example.org", password=PASSWORD)


def test_a_clinic_shows_nobodys_sign_in_however_much_it_looks_like_the_demonstration(app):
    make.organization(name="Riverside Recovery")
    everybody()
    assert sign_ins() == []


def test_the_demonstration_shows_the_first_of_each_role_who_can_sign_in(app):
    make.organization(is_demo=True)
    make.account(roles=["clinician"], email="gone@example.org", password="x", is_active=False)
    make.account(roles=["clinician"], email="new@example.org")
    everybody()
    make.account(roles=["clinician"], email="second@example.org", password="x")
    shown = sign_ins()
    assert {role for role, *_ in shown} == set(Role)
    first = {email: password for role, email, password in shown if role is Role.CLINICIAN}
    assert first == {f"{[*Role].index(Role.CLINICIAN)}@example.org": PASSWORD}


def test_a_sign_in_page_offers_them_with_one_click_in_a_demonstration_alone(app, pages, at):
    at("2026-03-02 10:00")
    organization = make.organization()
    hashed = hash_password(PASSWORD)
    ana = make.staff(email="ana@example.org")
    ana.account.password_hash = hashed
    assert "demonstration" not in pages.get("/sign-in").text
    organization.is_demo = True
    page = pages.get("/sign-in").page
    assert "This is a demonstration Nobody here is real." in page.words
    (form,) = page.all("section")[0].all("form")
    typed = {field.get("name"): field.get("value") for field in form.all("input")}
    assert form.text == "Clinician"
    assert pages.post(form.get("action"), typed).location == "/today"
    assert db.query(Account).count() == 1
