from datetime import date

import pytest

from clinic.merge import queries
from clinic.programs.models import Kind
from clinic.schedule.models import Status
from tests import make


def test_sessions_that_somebody_is_or_was_at_count_and_no_others(app):
    jo = make.participant()
    enrollment = make.enrollment(jo)
    ana = make.staff(name="Ana Rivera")
    there = make.session("2026-03-02", title="Skills", leaders=[ana, make.staff()])
    make.booking(there, enrollment, Status.PRESENT)
    make.booking(make.session("2026-03-09"), enrollment, Status.NO_SHOW)
    make.booking(make.session("2026-03-16", is_cancelled=True), enrollment)
    make.booking(make.session("2026-03-23"), make.enrollment())
    found = queries.sessions_of([jo.id])
    assert found == {
        jo.id: [
            (
                *(jo.id, "Skills", Kind.GROUP, "Ana Rivera"),
                *(date(2026, 3, 2), there.starts_at, there.ends_at),
            )
        ],
    }


def test_enrollments_are_in_their_order(app):
    jo = make.participant()
    second = make.enrollment(jo, make.program(name="Aftercare"), from_on="2026-03-02")
    first = make.enrollment(jo, make.program(name="Evening IOP"), until_on="2026-03-01")
    assert queries.enrolled([jo.id]) == {jo.id: [first, second]}


def test_belongings_say_in_words_what_would_move(app):
    jo = make.participant(email="jo@example.org", password=make.PASSWORD)
    enrollment = make.enrollment(jo, make.program(name="Evening IOP"), until_on="2026-03-01")
    make.enrollment(jo, make.program(name="Aftercare"), from_on="2026-03-02")
    make.booking(make.session("2026-02-02"), enrollment, Status.PRESENT)
    make.booking(make.session("2026-02-09"), enrollment)
    make.contact(jo)
    make.consent(jo)
    make.consent(jo)
    make.feed_link(jo)
    make.feed_link(jo, token="over", revoked_at=make.instant("2026-02-02 10:00"))
    assert queries.belongings_of(jo.id) == [
        "Evening IOP, Jan 5, 2026 – Mar 1, 2026",
        "Aftercare, from Mar 2, 2026",
        "2 booked sessions, 1 of them with attendance",
        "1 contact",
        "2 consents",
    ]
    assert queries.links_of(jo.id) == "1 calendar link"
    assert queries.sign_in_words(jo.account) == "signs in with jo@example.org"


def test_nothing_may_belong_to_somebody(app):
    nobody = make.participant()
    assert (queries.belongings_of(nobody.id), queries.links_of(nobody.id)) == ([], "")
    assert queries.sign_in_words(nobody.account) == "has no password yet"


def test_a_sign_in_may_be_shut_or_lack_its_address(app):
    shut = make.participant(is_active=False)
    assert queries.sign_in_words(shut.account) == "may not sign in"
    nameless = make.participant(password=make.PASSWORD)
    nameless.account.email = None
    assert queries.sign_in_words(nameless.account) == "has a password, but no e-mail"


@pytest.mark.parametrize(
    ("field", "said", "silent"),
    [
        ("name", "Jordan Avery", "Jordan Avery"),
        ("preferred_name", "Jo", "none"),
        ("pronouns", "they/them", "none"),
        ("language", "Spanish", "not known"),
        ("phone", "(202) 555-0123", "none"),
        ("birth_on", "Feb 3, 1990", "not known"),
        ("email", "jo@example.org", "none"),
        ("pin", "the PIN of p-001", "no PIN"),
    ],
)
def test_what_a_record_says_is_readable(app, field, said, silent):
    jo = make.participant(
        key="p-001",
        preferred_name="Jo",
        pronouns="they/them",
        language="es",
        phone="+12025550123",
        birth_on=date(1990, 2, 3),
        email="jo@example.org",
        pin="482913",
    )
    nobody = make.participant()
    nobody.account.email = None
    assert (queries.fact_in_words(jo, field), queries.fact_in_words(nobody, field)) == (
        said,
        silent,
    )
