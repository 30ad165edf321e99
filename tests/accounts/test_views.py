import contextlib
from datetime import timedelta

import pytest
from sqlalchemy import event, func, select, update
from sqlalchemy.exc import OperationalError

from clinic import clock, passwords
from clinic.accounts.models import SignIn, Throttle
from clinic.db import database, db
from clinic.feeds.models import FeedLink
from clinic.outbox import OutboxMessage
from clinic.tokens import fingerprint
from clinic.trail import TrailEvent
from tests import make
from tests.pages import Pages
from tests.race import race

HERONS = "seven quiet herons"
WRONG = "The e-mail address or the password is not right."
FORGOTTEN = (
    "No password yet, or forgotten it? Ask whoever gave you your account for a link or a code. "
    "I have a code"
)
SHORT = "Use at least 15 characters. Four or five words in a row do well."


def easy(why):
    return f"This is too easy to guess. {why} Take other words, or add some."


EASY = easy(passwords.NOT_ENOUGH)
COMMON = easy("This is similar to a commonly used password.")


@pytest.fixture
def ten(at):
    return at("2026-03-02 10:00")


@pytest.fixture
def ana(ten):
    return make.staff(email="ana@example.org", name="Ana Rivera", password=make.PASSWORD)


@pytest.fixture
def jordan(ten):
    return make.participant(email="jo@example.org", password=make.PASSWORD)


def sign_in(pages, email="ana@example.org", password=make.PASSWORD, *, status=302, **options):
    typed = {"email": email, "password": password, "next": options.pop("next", "")}
    return pages.post("/sign-in", typed, status=status, **options)


def verbs():
    return db.scalars(select(TrailEvent.verb).order_by(TrailEvent.id)).all()


def cookie_of(pages):
    with pages.client.session_transaction() as cookie:
        return dict(cookie)


def rows_of(model, *which):
    return db.scalar(select(func.count()).select_from(model).where(*which))


def test_the_page_asks_for_address_and_password_and_says_nothing_of_the_place(app, pages):
    answer = pages.get("/sign-in")
    assert answer.page.heading == "Sign in"
    assert answer.page.words == f"Daybook Sign in E-mail Password Show password Sign in {FORGOTTEN}"


def test_staff_sign_in_and_begin_with_today(pages, ana):
    pages.get("/sign-in")
    answer = pages.submit("/sign-in", email=" ANA@example.org", password=make.PASSWORD)
    assert answer.location == "/today"
    row = db.scalars(select(SignIn)).one()
    assert (row.account_id, row.ended_at) == (ana.account.id, None)
    assert fingerprint(cookie_of(pages)["_user_id"]) == row.token_hash
    assert verbs() == ["account.signed_in"]


def test_participants_sign_in_on_the_same_page_and_begin_with_their_week(pages, jordan):
    assert sign_in(pages, "jo@example.org").location == "/me"


def test_after_signing_in_one_is_where_one_wanted_to_be(pages, ana):
    pages.get("/account/password", status=302)
    assert pages.answer.location == "/sign-in?next=/account/password"
    pages.follow()
    pages.submit("/sign-in", email="ana@example.org", password=make.PASSWORD)
    assert pages.answer.location == "/account/password"
    assert pages.follow().page.heading == "Change password"


@pytest.mark.parametrize(
    "target", ["https://example.com/", "//example.com", "/\\example.com", "/\t/example.com", "x"]
)
def test_nobody_is_sent_elsewhere_after_signing_in(pages, ana, target):
    assert sign_in(pages, next=target).location == "/today"
    assert pages.get("/sign-in", query_string={"next": target}, status=302).location == "/today"


def test_a_password_with_spaces_around_it_is_another_password(pages, ana):
    assert WRONG in sign_in(pages, password=f" {make.PASSWORD} ", status=422).text


def test_an_empty_form_says_what_is_missing_and_keeps_the_address(pages, ana, queries):
    with queries() as count:
        page = sign_in(pages, password="", status=422).page
    assert count() == 0
    assert page.texts("div", class_="field-error") == ["Enter your password."]
    assert page.value("email") == "ana@example.org"
    assert sign_in(pages, email=" ", status=422).page.texts("div", class_="field-error") == [
        "Enter your e-mail address."
    ]


@pytest.mark.parametrize("status", ["unknown", "wrong password", "deactivated", "no password"])
def test_every_failure_looks_the_same(pages, ten, status):
    if status != "unknown":
        make.staff(
            email="ana@example.org",
            password=None if status == "no password" else make.PASSWORD,
            is_active=status != "deactivated",
        )
    typed = "another long password" if status == "wrong password" else make.PASSWORD
    page = sign_in(pages, password=typed, status=422).page
    assert (
        page.words == f"Daybook Sign in {WRONG} E-mail Password Show password Sign in {FORGOTTEN}"
    )
    assert (page.value("email"), page.value("password")) == ("ana@example.org", "")
    assert (rows_of(SignIn), rows_of(Throttle)) == (0, 1)
    assert verbs() == ([] if status == "unknown" else ["account.sign_in_failed"])


def test_somebody_unknown_costs_but_the_line_of_the_trail_less(pages, ana, queries):
    costs = []
    for email in ("ana@example.org", "nobody@example.org"):
        with queries() as count:
            sign_in(pages, email, "another long password", status=422)
        costs.append(count())
    # Both: one look, one hash, one transaction that counts. The account and the line of the trail
    # are what only somebody known has.
    look, counting = 2, 2
    assert costs[1] == look + counting
    assert costs[0] - costs[1] in {3, 4}  # PostgreSQL's writers take turns at the trail


def test_a_forged_form_is_refused(pages, ana):
    sign_in(pages, token="", status=400)
    sign_in(Pages(pages.app), token=pages.token(), status=400)
    assert rows_of(SignIn) == 0


def test_signing_in_leaves_nothing_of_the_cookie_before(pages, ana):
    with pages.client.session_transaction() as cookie:
        cookie["planted"] = "by somebody else"
    before = pages.token()
    sign_in(pages)
    assert set(cookie_of(pages)) == {"_user_id", "_fresh", "_id", "csrf_token"}
    pages.post("/sign-out", token=before, status=400)


def test_each_sign_in_has_a_token_of_its_own(pages, ana):
    tokens = set()
    for _ in range(3):
        sign_in(pages)
        tokens.add(cookie_of(pages)["_user_id"])
    assert {len(token) for token in tokens} == {43}
    assert len(tokens) == 3


def test_a_hash_of_old_costs_is_replaced_when_its_owner_signs_in(pages, ana):
    assert passwords.HASHER.check_needs_rehash(ana.account.password_hash)
    sign_in(pages)
    assert not passwords.HASHER.check_needs_rehash(ana.account.password_hash)
    sign_in(pages)


def test_who_is_signed_in_does_not_sign_in_again(signed_in, ten):
    ana = signed_in("clinician")
    assert ana.get("/sign-in", status=302).location == "/today"
    assert ana.get("/sign-in?next=/account/password", status=302).location == "/account/password"


def fail(pages, times, email="ana@example.org", **options):
    for _ in range(times):
        sign_in(pages, email, "another long password", status=422, **options)


@pytest.mark.parametrize("email", ["ana@example.org", "nobody@example.org"])
def test_after_five_failures_one_has_to_wait_whether_the_account_exists_or_not(
    pages, ana, at, email
):
    fail(pages, 5, email)
    answer = sign_in(pages, email, status=429)
    assert answer.page.words == (
        "Daybook Sign in There have been too many tries. Please try again in 1 second. "
        f"E-mail Password Show password Sign in {FORGOTTEN}"
    )
    assert answer.headers["Retry-After"] == "1"
    assert answer.page.value("email") == email
    db.execute(update(Throttle).values(tries=15))
    assert "Please try again in 15 minutes." in sign_in(pages, email, status=429).text
    at("2026-03-02 10:14:01")
    assert "Please try again in 59 seconds." in sign_in(pages, email, status=429).text
    at("2026-03-02 10:15")
    fail(pages, 1, email)


def test_who_has_to_wait_costs_one_look_and_no_hash(pages, ana, queries):
    fail(pages, 5)
    with queries() as count:
        sign_in(pages, status=429)
    assert count() == 2
    assert verbs() == ["account.sign_in_failed"] * 5


def test_a_second_after_five_slips_the_right_password_works(pages, ana, at):
    fail(pages, 5)
    at("2026-03-02 10:00:01")
    assert sign_in(pages).location == "/today"


def test_one_persons_failures_do_not_stop_another_behind_the_same_address(pages, ana, jordan):
    for number in range(100):
        sign_in(pages, f"nobody-{number}@example.org", "another long one", status=422)
    fail(pages, 5)
    assert sign_in(pages, "jo@example.org").location == "/me"


def test_a_success_forgets_the_failures_before_it(pages, ana):
    for _ in range(2):
        fail(pages, 4)
        sign_in(pages)
    assert rows_of(Throttle) == 0


def from_(address):
    return {"environ_overrides": {"REMOTE_ADDR": address}}


def test_whoever_guesses_from_elsewhere_keeps_nobody_waiting(pages, ana):
    for address in ("192.0.2.7", "192.0.2.99", "2001:db8::1"):
        with contextlib.suppress(AssertionError):
            fail(Pages(pages.app), 9, **from_(address))
    sign_in(Pages(pages.app), status=429, **from_("192.0.2.200"))
    assert sign_in(pages, **from_("198.51.100.1")).location == "/today"


def test_a_browser_one_has_signed_in_with_is_left_alone(pages, ana, jordan, at):
    sign_in(pages)
    sign_in(pages, "jo@example.org")
    guesser = Pages(pages.app)
    fail(guesser, 5)
    sign_in(guesser, status=429)
    pages.post("/sign-out")
    assert sign_in(pages).location == "/today"
    pages.post("/sign-out")
    sign_in(guesser, status=429)  # what its owner did elsewhere helps no guesser
    # Who guesses with that browser itself waits as well, and keeps nobody else waiting.
    fail(pages, 5)
    sign_in(pages, status=429)
    at("2026-03-02 10:00:01")
    assert sign_in(guesser).location == "/today"


def test_a_browser_is_known_for_those_alone_who_have_signed_in_with_it(pages, ana, jordan):
    sign_in(pages, "jo@example.org")
    pages.post("/sign-out")
    fail(Pages(pages.app), 5)
    sign_in(pages, status=429)


def test_a_new_password_makes_a_browser_known(pages, ana):
    make.invitation(ana.account, token="a-token")
    pages.post("/invitations/a-token", {"password": HERONS, "repeated": HERONS})
    pages.post("/sign-out")
    fail(Pages(pages.app), 5)
    assert sign_in(pages, password=HERONS).location == "/today"


def test_what_is_kept_of_a_try_says_neither_who_nor_where(pages, ana):
    fail(pages, 1)
    (bucket,) = db.scalars(select(Throttle.bucket)).all()
    assert len(bucket) == 64
    guessed = ("ana@example.org", "ana@example.org 127.0.0.0/24")
    assert bucket not in {fingerprint(text) for text in guessed}


def test_of_many_tries_at_once_no_more_than_five_are_judged(app, ana):
    def try_once():
        client = Pages(app)
        token = client.token()
        typed = {"email": "ana@example.org", "password": "another long one", "csrf_token": token}
        return client.client.post("/sign-in", data=typed).status_code

    race(app, *[try_once] * 8)
    race(app, *[try_once] * 8)
    sign_in(Pages(app), status=429)
    assert verbs() == ["account.sign_in_failed"] * verbs().count("account.sign_in_failed")
    assert db.scalars(select(Throttle.tries)).all() == [5]


def test_the_first_page_is_ones_own(pages, signed_in, ten):
    assert pages.get("/", status=302).location == "/sign-in"
    assert signed_in("clinician").get("/", status=302).location == "/today"
    assert signed_in("billing").get("/", status=302).location == "/hours"
    assert signed_in("participant").get("/", status=302).location == "/me"


def test_a_sign_in_ends_after_a_quarter_of_an_hour_and_the_page_says_so(signed_in, at):
    at("2026-03-02 10:00")
    ana = signed_in("clinician")
    at("2026-03-02 10:15")
    ana.get("/account/password")
    at("2026-03-02 10:31")
    assert ana.get("/account/password?a=b", status=302).location == (
        "/sign-in?next=/account/password?a%3Db"
    )
    assert ana.follow().page.words == (
        "Daybook Sign in Your sign-in has ended. Sign in again to go on where you were. "
        f"E-mail Password Show password Sign in {FORGOTTEN}"
    )


def test_a_form_that_comes_too_late_leads_back_to_its_page_by_sign_in(signed_in, at):
    at("2026-03-02 10:00")
    ana = signed_in("clinician")
    at("2026-03-02 10:31")
    here = "/sign-in?next=/account/password"
    assert ana.post("/account/password", {"next": "/today"}).location == here
    ending = "/account/sign-ins/end"
    assert ana.post(ending, {"next": "/today"}).location == "/sign-in?next=/today&kept=True"
    assert ana.post(ending, {"next": "//example.com"}).location == (
        "/sign-in?next=/account&kept=True"
    )


def test_a_script_is_told_to_sign_in_also_where_its_token_went_with_the_sign_in(signed_in, now):
    ana = signed_in("clinician")
    old = ana.token()
    ana.post("/sign-out")
    script = {"headers": {"X-Fetch": "1"}, "token": old}
    ana.post("/sessions/1/marks", {}, status=401, **script)
    ana.post("/sessions/1/marks", {}, status=400, token=old)


def seen_at():
    return db.scalars(select(SignIn.seen_at)).one()


def test_being_seen_is_noted_once_a_minute(signed_in, at, queries):
    first = at("2026-03-02 10:00")
    ana = signed_in("clinician")
    at("2026-03-02 10:00:59")
    with queries() as count:
        ana.get("/account/password")
    assert (seen_at(), count()) == (first, 2)
    second = at("2026-03-02 10:01")
    with queries() as count:
        ana.get("/account/password")
    assert (seen_at(), count()) == (second, 3)


def test_a_page_that_refreshes_itself_does_not_prolong_a_sign_in(signed_in, at):
    first = at("2026-03-02 10:00")
    ana = signed_in("clinician")
    at("2026-03-02 10:14")
    ana.get("/account/password", headers={"X-Poll": "1"})
    assert seen_at() == first


def test_a_look_at_the_sign_in_changes_nothing(pages, ana, queries):
    with queries() as count:
        pages.get("/sign-in")
        pages.get("/", status=302)
    assert count() == 1  # whether this is the demonstration


def test_an_answer_is_given_also_when_being_seen_cannot_be_noted(signed_in, at, caplog):
    first = at("2026-03-02 10:00")
    ana = signed_in("clinician")
    at("2026-03-02 10:05")

    def disk_is_full(_connection, _cursor, statement, *_rest):
        if statement.startswith("UPDATE sign_in"):
            raise OperationalError(statement, None, OSError("no space left"))

    event.listen(database.engine, "before_cursor_execute", disk_is_full)
    try:
        ana.get("/account/password")
    finally:
        event.remove(database.engine, "before_cursor_execute", disk_is_full)
    assert [record.message for record in caplog.records] == ["sign-in not prolonged"]
    assert seen_at() == first
    ana.get("/account/password")
    assert seen_at() != first


def test_a_deactivated_account_is_out_on_the_next_request(signed_in, ten):
    ana = signed_in("clinician")
    ana.get("/account/password")
    ana.account.is_active = False
    assert ana.get("/account/password", status=302).location == "/sign-in?next=/account/password"


def test_signing_out_ends_the_sign_in_for_good(signed_in, ten):
    ana = signed_in("clinician")
    copied = cookie_of(ana)["_user_id"]
    ana.get("/account/password")
    assert ana.submit("/sign-out").location == "/sign-in"
    assert "_user_id" not in cookie_of(ana)
    assert "has ended" not in ana.follow().text
    with ana.client.session_transaction() as cookie:
        cookie["_user_id"] = copied
    assert ana.get("/account/password", status=302).location.startswith("/sign-in")
    assert verbs() == ["account.signed_out"]


def test_signing_out_needs_a_token_and_a_post(signed_in, ten):
    ana = signed_in("clinician")
    ana.post("/sign-out", token="", status=400)
    ana.get("/sign-out", status=405)
    ana.get("/account/password")


def test_nobody_can_sign_out_twice_and_nothing_happens(pages, ten):
    assert pages.post("/sign-out").location == "/sign-in"
    assert verbs() == []


def test_a_planted_cookie_that_is_not_signed_stands_for_nobody(pages, ana):
    pages.client.set_cookie("clinic", "eyJfdXNlcl9pZCI6IjEifQ.x.y")
    pages.get("/account/password", status=302)


def test_whatever_asks_for_a_password_can_show_what_is_typed(signed_in, pages, ana):
    make.invitation(ana.account, token="a-token")
    seen = [pages.get("/sign-in").page, pages.get("/invitations/a-token").page]
    seen.append(signed_in(ana).get("/account/password").page)
    for page, number in zip(seen, (1, 2, 3), strict=True):
        fields = [field.get("id") for field in page.all("input") if field.get("type") == "password"]
        buttons = [each for each in page.all("button") if "data-shows" in each.attributes]
        assert len(fields) == number
        assert [each.get("aria-controls") for each in buttons] == fields
        # Without script there is nothing to press.
        assert all("hidden" in each.attributes for each in buttons)


def change(pages, current=make.PASSWORD, password=HERONS, repeated=None, *, status=302):
    typed = {"current": current, "password": password, "repeated": repeated or password}
    return pages.post("/account/password", typed, status=status)


def test_ones_own_password_is_changed_and_other_sign_ins_end(signed_in, ana):
    here, elsewhere = signed_in(ana), signed_in(ana)
    before = cookie_of(here)["_user_id"]
    here.get("/account/password")
    here.submit("/account/password", current=make.PASSWORD, password=HERONS, repeated=HERONS)
    assert cookie_of(here)["_user_id"] != before
    assert here.follow().page.texts("div", class_="notice") == [
        "Your password is changed. Every other sign-in of yours has ended."
    ]
    elsewhere.get("/account/password", status=302)
    sign_in(Pages(here.app), password=HERONS)
    sign_in(Pages(here.app), status=422)
    message = db.scalars(select(OutboxMessage)).one()
    assert (message.recipient, message.subject) == ("ana@example.org", "Your password was changed")


CHANGED = "Your password is changed. Every other sign-in of yours has ended."


def links_alive():
    return rows_of(FeedLink, FeedLink.revoked_at.is_(None))


@pytest.mark.parametrize("who", ["ana", "jordan"])
def test_another_password_ends_calendar_links_where_that_is_asked_for(signed_in, request, who):
    person = request.getfixturevalue(who)
    for name in ("phone", "tablet"):
        make.feed_link(person, token=name, name=name)
    make.feed_link(make.participant(), token="of-somebody-else")
    here = signed_in(person)
    page = here.get("/account/password").page
    assert "Otherwise your 2 calendar links keep working." in page.words
    change(here)
    assert links_alive() == 3
    typed = {"current": HERONS, "password": make.PASSWORD, "repeated": make.PASSWORD}
    here.post("/account/password", typed | {"ends_links": "y"})
    assert links_alive() == 1
    assert here.follow().page.texts("div", class_="notice") == [
        f"{CHANGED} 2 calendar links have ended too."
    ]
    assert "calendar links" not in here.get("/account/password").text


def test_a_wrong_password_ends_no_calendar_link(signed_in, ana):
    make.feed_link(ana)
    typed = {"current": "another long one", "password": HERONS, "repeated": HERONS}
    page = signed_in(ana).post("/account/password", typed | {"ends_links": "y"}, status=422).page
    assert (links_alive(), page.value("ends_links")) == (1, "y")


def test_participants_change_their_password_too(signed_in, jordan):
    assert change(signed_in(jordan)).location == "/account/password"


def test_the_current_password_must_be_right(signed_in, ana):
    here = signed_in(ana)
    answer = change(here, current="another long password", status=422)
    assert answer.page.texts("div", class_="field-error") == ["This is not your current password."]
    assert passwords.is_password(make.PASSWORD, ana.account.password_hash)
    assert verbs() == ["account.password_change_failed"]
    here.get("/account/password")


def test_the_current_password_cannot_be_tried_for_ever(signed_in, ana):
    here = signed_in(ana)
    for _ in range(5):
        change(here, current="another long password", status=422)
    answer = change(here, status=429)
    assert "There have been too many tries. Please try again in 1 second." in answer.text
    assert change(signed_in(ana)).location == "/account/password"  # elsewhere its owner may


def test_a_bad_new_password_gets_its_sentence_before_the_current_one_is_tried(signed_in, ana):
    here = signed_in(ana)
    answer = change(here, password="ana@example.org ana@example.org", status=422)
    assert answer.page.texts("div", class_="field-error") == [EASY]
    assert (rows_of(Throttle), passwords.is_password(make.PASSWORD, ana.account.password_hash)) == (
        0,
        True,
    )


def test_only_who_is_signed_in_changes_a_password(pages, ana):
    assert change(pages).location == "/sign-in?next=/account/password"
    assert rows_of(OutboxMessage) == 0


def test_the_password_page_shows_for_everyone_who_has_an_account(signed_in, ten):
    for role in ("admin", "coordinator", "clinician", "front_desk", "billing", "auditor"):
        assert signed_in(role).get("/account/password").page.heading == "Change password"
    assert signed_in("participant").get("/account/password").page.heading == "Change password"


def test_a_sign_in_lasts_twelve_hours_however_busy(signed_in, at):
    start = at("2026-03-02 07:00")
    ana = signed_in("clinician")
    for quarter in range(1, 49):
        instant = start + timedelta(minutes=15 * quarter)
        at(instant.astimezone(clock.zone(make.ZONE)).strftime("%Y-%m-%d %H:%M"))
        ana.get("/account/password")
    at("2026-03-02 19:01")
    ana.get("/account/password", status=302)


@pytest.fixture
def now(app, at):
    make.site()
    return at("2026-03-04 12:00")


def test_everybody_signed_in_sees_their_own_account(now, signed_in, pages):
    ana = signed_in("clinician", email="ana@example.org")
    words = ana.get("/account").page.words
    assert "E-mail ana@example.org Roles Clinician" in words
    assert "Times are those of New York." in words
    jordan = signed_in("participant", email="jo@example.org").get("/account").page.words
    assert ("jo@example.org" in jordan, "Roles" in jordan) == (True, False)
    assert pages.get("/account", status=302).location == "/sign-in?next=/account"


def test_other_sign_ins_of_ones_own_are_seen_and_ended(now, signed_in, at):
    ana = signed_in("participant")
    at("2026-03-04 12:05")
    phone, tablet = signed_in(ana.person), signed_in(ana.person)
    ben = signed_in("participant")
    ana.get("/account")
    elsewhere = (
        "Unknown browser signed in today, 12:05 pm · last used today, 12:05 pm Sign out of Unknown"
        " browser, signed in today, 12:05 pm"
    )
    assert ana.answer.page.texts("ul", class_="lines") == [
        f"{elsewhere} {elsewhere} Unknown browser This one signed in today, 12:00 pm"
    ]
    ana.submit("/account/sign-ins/end")
    assert "Signed out in 2 other places." in ana.follow().page.words
    assert "everywhere else" not in ana.text
    tablet.get("/account", status=302)
    phone.get("/account", status=302)
    ben.get("/account")
    ended = db.scalars(select(SignIn.account_id).where(SignIn.ended_at.is_not(None))).all()
    assert ended == [ana.account.id] * 2


IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like"
    " Gecko) Version/18.1 Mobile/15E148 Safari/604.1"
)


def test_one_sign_in_is_known_by_its_device_and_ended_alone(now, signed_in, pages, jordan):
    here, other = signed_in(jordan), signed_in(jordan)
    sign_in(pages, "jo@example.org", headers={"User-Agent": IPHONE})
    phone = db.scalars(select(SignIn).where(SignIn.device == "Safari on iPhone")).one()
    here.get("/account")
    here.submit(f"/account/sign-ins/{phone.id}/end")
    assert "Signed out there." in here.follow().page.words
    pages.get("/me", status=302)
    other.get("/me")
    here.post(f"/account/sign-ins/{phone.id}/end", status=404)  # it is done already


def test_ending_no_others_is_no_harm(now, signed_in):
    ana = signed_in("clinician")
    ana.post("/account/sign-ins/end")
    assert "Signed out in 0 other places." in ana.follow().page.words


def test_the_account_is_readable_before_the_clinic_has_a_place(app, at, signed_in):
    at("2026-03-04 12:00")
    assert "Times are those of UTC." in signed_in("admin").get("/account").page.words


# What is not there


@pytest.mark.parametrize("path", ["/nowhere", "/sessions/4711", "/sign-in/again"])
def test_whoever_is_signed_in_is_not_told_to_sign_in_where_nothing_is(now, signed_in, pages, path):
    clerk = signed_in("coordinator")
    answer = clerk.get(path, status=404)
    assert answer.page.heading == "There is nothing here"
    assert "Sign in" not in answer.page.links
    assert answer.page.links["Today"] == "/today"
    assert pages.get("/nowhere", status=404).page.links["Sign in"] == "/sign-in"


def test_a_forged_form_of_somebody_signed_in_leads_back_to_their_pages(now, signed_in):
    answer = signed_in("participant").post("/sign-out", token="nonsense", status=400)
    assert answer.page.links["My week"] == "/me"


def test_a_form_opened_before_signing_in_again_is_taken_from_the_same_person_alone(
    pages, ana, jordan
):
    sign_in(pages)
    opened = pages.token()
    pages.post("/sign-out")
    answer = pages.post("/account/sign-ins/end", token=opened, status=400)
    assert answer.page.heading == "You have been signed out"
    (again,) = answer.page.all("a", href="/sign-in")
    assert again.attributes["target"] == "_blank"
    sign_in(pages, "jo@example.org")
    answer = pages.post("/account/sign-ins/end", token=opened, status=400)
    assert "Somebody else has signed in here since your page was opened." in answer.page.words
    assert "load this page again" in answer.page.words
    assert "load it again" not in answer.page.words
    pages.post("/sign-out")
    sign_in(pages)
    pages.post("/account/sign-ins/end", token=opened)


def test_text_that_no_database_keeps_is_refused_at_the_door(now, signed_in):
    clerk = signed_in("coordinator")
    answer = clerk.post("/participants/new", {"name": "Jordan\0Avery"}, status=400)
    assert answer.page.heading == "That could not be read"
    clerk.get("/participants?q=a&q=Jordan%00", status=400)
    clerk.post("/participants/new", {"name": "Jordan Avery"})


def test_a_form_about_what_is_gone_says_so_and_leads_back_to_its_page(now, signed_in):
    clerk = signed_in("coordinator")
    page = f"/participants/{make.participant().id}/calendar"
    answer = clerk.post(f"{page}/4711/end", status=404)
    assert answer.page.heading == "This is no longer here"
    assert "it may be done already; this time nothing has been changed." in answer.page.words
    assert answer.page.links["Load the page again"] == page
    answer = clerk.post("/contacts/4711/end", status=404)
    assert "Load the page again" not in answer.page.links
