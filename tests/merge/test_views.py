import pytest
from sqlalchemy import select

from clinic import preview
from clinic.db import db
from clinic.merge import actions
from clinic.participants.models import Participant
from clinic.preview import CHANGED
from clinic.trail import SYSTEM, TrailEvent, TrailLook
from clinic.web import locked
from tests import make


@pytest.fixture
def now(app, at):
    return at("2026-03-04 12:00")


@pytest.fixture
def two(now):
    make.site()
    jo = make.participant(
        name="Jordan Avery",
        key="p-001",
        phone="+12025550123",
        pin="482913",
        email="jo@example.org",
    )
    again = make.participant(
        name="Jordon Avery",
        key="p-002",
        phone="+12025550123",
        pronouns="they/them",
        email="jordon@example.org",
    )
    return jo, again


def verbs():
    return list(db.scalars(select(TrailEvent.verb).order_by(TrailEvent.id)))


def merged():
    return db.scalars(select(Participant.key).where(Participant.merged_into_id.is_not(None))).all()


def test_those_who_are_alike_are_offered_first(two, signed_in):
    jo, again = two
    make.participant(name="Priya Raman")
    pages = signed_in("coordinator")
    page = pages.get(f"/participants/{jo.id}/merge").page
    [only] = page.all("ul", class_="pick")[0].all("li")
    assert "Jordon Avery p-002" in only.text
    assert "The same phone number" in only.text
    assert only.all("a")[0].get("href") == f"/participants/{jo.id}/merge?other={again.id}"


def test_the_other_record_is_found_by_typing(two, signed_in):
    jo, _ = two
    make.participant(name="Priya Raman")
    pages = signed_in("coordinator")
    page = pages.get(f"/participants/{jo.id}/merge?q=avery+0123").page
    assert [row.all("b")[0].text for row in page.all("ul", class_="pick")[0].all("li")] == [
        "Jordon Avery"
    ]
    assert "Nobody found" in pages.get(f"/participants/{jo.id}/merge?q=zzz").page.words


def test_nobody_may_be_alike_and_many_may_be_found(now, signed_in):
    jo = make.participant(name="Jordan Avery")
    pages = signed_in("coordinator")
    assert "Nobody is alike" in pages.get(f"/participants/{jo.id}/merge").page.words
    for number in range(27):
        make.participant(name=f"Person {number:02d}")
    page = pages.get(f"/participants/{jo.id}/merge?q=person").page
    assert len(page.all("ul", class_="pick")[0].all("li")) == 25
    assert "2 people more: type more of the name." in page.words


def test_two_records_are_compared_side_by_side(two, signed_in):
    jo, again = two
    make.enrollment(again, make.program(name="Evening IOP"))
    pages = signed_in("coordinator")
    page = pages.get(f"/participants/{jo.id}/merge?other={again.id}").page
    assert "Evening IOP, from Jan 5, 2026" in page.words
    legends = [legend.text for legend in page.all("legend")]
    assert legends == [
        "Which record stays",
        "Name",
        "Pronouns",
        "E-mail",
        "PIN for check-in",
    ]
    chosen = {
        radio.get("name"): int(radio.get("value"))
        for radio in page.all("input", type="radio")
        if "checked" in radio.attributes
    }
    assert chosen == {
        "kept": jo.id,
        "name": jo.id,
        "pronouns": again.id,  # the one that says something
        "email": jo.id,
        "pin": jo.id,
    }
    assert merged() == []


def test_equal_records_leave_nothing_to_choose(now, signed_in):
    jo, again = make.participant(), make.participant()
    jo.account.email = again.account.email = None
    pages = signed_in("coordinator")
    page = pages.get(f"/participants/{jo.id}/merge?other={again.id}").page
    assert "Both records agree." in page.words


def choices(jo, again, **chosen):
    own = dict.fromkeys(("kept", "name", "pronouns", "email", "pin"), jo.id)
    return own | {"other": again.id} | chosen


def save(pages, path, typed):
    """See what it leads to, and save it."""
    pages.post(path, typed, status=200)
    return pages.submit(path, step="save")


def test_a_preview_shows_what_would_be_and_changes_nothing(two, signed_in):
    jo, again = two
    enrollment = make.enrollment(again, make.program(name="Evening IOP"))
    make.booking(make.session("2026-03-09"), enrollment)
    make.contact(again)
    make.feed_link(again)
    pages = signed_in("coordinator")
    path = f"/participants/{jo.id}/merge"
    page = pages.post(path, choices(jo, again, pronouns=again.id), status=200).page
    assert page.heading == "Merge p-002 into p-001"
    for words in (
        "Pronouns they/them",
        "E-mail jo@example.org",
        "PIN for check-in the PIN of p-001",
        "Sign-in has no password yet",
        "Evening IOP, from Jan 5, 2026",
        "1 booked session, 0 of them with attendance",
        "1 contact",
        "No one signs in as p-002 any more",
        "1 calendar link of p-002 no longer shows anything.",
    ):
        assert words in page.words
    assert (merged(), verbs(), enrollment.participant_id) == ([], [], again.id)
    assert again.account.is_active


def test_what_was_shown_is_done(two, signed_in):
    jo, again = two
    enrollment = make.enrollment(again)
    pages = signed_in("coordinator")
    path = f"/participants/{jo.id}/merge"
    pages.post(path, choices(jo, again, pronouns=again.id), status=200)
    pages.submit(path, step="save")
    assert pages.answer.location == f"/participants/{jo.id}"
    assert "The two records are merged. p-002 leads here." in pages.follow().page.words
    assert (merged(), enrollment.participant_id) == (["p-002"], jo.id)
    assert (jo.name, jo.pronouns) == ("Jordan Avery", "they/them")
    assert "p-002" not in pages.get("/participants").text


def test_what_has_changed_since_it_was_shown_is_shown_again(two, signed_in):
    jo, again = two
    pages = signed_in("coordinator")
    path = f"/participants/{jo.id}/merge"
    pages.post(path, choices(jo, again), status=200)
    make.contact(again)
    page = pages.submit(path, step="save", status=409).page
    assert CHANGED in page.words
    assert "1 contact" in page.words
    assert merged() == []
    pages.submit(path, step="save")
    assert merged() == ["p-002"]


def test_the_record_that_stays_may_be_the_other_one(two, signed_in):
    jo, again = two
    pages = signed_in("coordinator")
    path = f"/participants/{jo.id}/merge"
    save(pages, path, choices(jo, again, kept=again.id, pin=jo.id))
    assert pages.answer.location == f"/participants/{again.id}"
    assert merged() == ["p-001"]
    assert (again.name, again.pin_digest is not None) == ("Jordan Avery", True)


def test_back_from_the_preview_leads_to_what_was_chosen(two, signed_in):
    jo, again = two
    pages = signed_in("coordinator")
    path = f"/participants/{jo.id}/merge"
    pages.post(path, choices(jo, again, name=again.id), status=200)
    page = pages.submit(path, step="back", status=200).page
    chosen = {
        radio.get("name"): int(radio.get("value"))
        for radio in page.all("input", type="radio")
        if "checked" in radio.attributes
    }
    assert (page.heading, chosen["name"]) == ("Compare two records", again.id)
    assert merged() == []


@pytest.mark.parametrize("step", ["", "save"])
def test_what_one_person_cannot_have_done_is_refused(two, signed_in, step):
    jo, again = two
    make.enrollment(jo)
    make.enrollment(again)
    pages = signed_in("coordinator")
    path = f"/participants/{jo.id}/merge"
    page = pages.post(path, choices(jo, again, step=step), status=422).page
    assert "Both are enrolled in Evening IOP on Jan 5, 2026." in page.words
    assert (merged(), verbs()) == ([], [])


def test_each_question_wants_an_answer(two, signed_in):
    jo, again = two
    pages = signed_in("coordinator")
    typed = {"other": again.id, "kept": jo.id, "name": 99}
    page = pages.post(f"/participants/{jo.id}/merge", typed, status=422).page
    assert "Choose one of the two." in page.words


def test_nobody_is_merged_with_themselves_or_with_nobody(two, signed_in):
    jo, _ = two
    pages = signed_in("coordinator")
    path = f"/participants/{jo.id}/merge"
    assert pages.get(f"{path}?other={jo.id}").page.heading == "Merge with another record"
    pages.get(f"{path}?other=99", status=404)
    pages.get("/participants/99/merge", status=404)
    pages.post(path, {"other": jo.id, "step": "save"}, status=200)
    assert merged() == []


def test_whoever_comes_too_late_is_led_to_the_record_that_stays(two, signed_in):
    jo, again = two
    pages = signed_in("coordinator")
    path = f"/participants/{jo.id}/merge"
    save(pages, path, choices(jo, again))
    for late in (path, f"/participants/{again.id}/merge"):
        other = again.id if late == path else jo.id
        pages.post(late, choices(jo, again, other=other, step="save"))
        assert pages.answer.location == f"/participants/{jo.id}"
        assert "has been merged already" in pages.follow().page.words
    assert verbs().count("participant.merged") == 1


def test_only_those_who_manage_participants_merge_them(two, signed_in):
    jo, again = two
    for role, status in (("clinician", 403), ("billing", 403), ("auditor", 403), ("admin", 200)):
        signed_in(role).get(f"/participants/{jo.id}/merge", status=status)
    signed_in("clinician").post(
        f"/participants/{jo.id}/merge", choices(jo, again, step="save"), status=403
    )
    assert merged() == []


def test_both_records_were_looked_at(two, signed_in):
    jo, again = two
    pages = signed_in("coordinator")
    pages.get(f"/participants/{jo.id}/merge")
    pages.get(f"/participants/{jo.id}/merge?other={again.id}")
    pages.post(f"/participants/{jo.id}/merge", choices(jo, again), status=200)
    looks = db.query(TrailLook).order_by(TrailLook.id).all()
    assert [(look.page, look.participant_ids) for look in looks] == [
        ("merge.merge", [jo.id, again.id])
    ] * 3


def test_a_merged_calendar_and_a_merged_sign_in_are_over(two, signed_in, pages):
    jo, again = two
    make.feed_link(again, token="theirs")
    theirs = signed_in(again)
    theirs.get("/me")
    save(signed_in("coordinator"), f"/participants/{jo.id}/merge", choices(jo, again))
    theirs.get("/me", status=302)
    assert "BEGIN:VEVENT" not in pages.get("/feeds/theirs.ics").text


def test_a_record_that_is_merged_while_its_form_is_read_leads_to_the_one_that_stays(
    now, two, signed_in, monkeypatch
):
    jo, again = (each.id for each in two)

    def after_somebody_else(carry_out):
        def carry_out_later():
            actions.merge(again, jo, taken=(), by=SYSTEM, now=now)
            return carry_out()

        return locked(carry_out_later)

    pages = signed_in("coordinator")
    pages.get(f"/participants/{jo}/merge?other={again}")
    monkeypatch.setattr(preview, "locked", after_somebody_else)
    answer = pages.submit(f"/participants/{jo}/merge", status=302)
    assert answer.location == f"/participants/{again}"
    assert "One of the two has been merged already." in pages.follow().page.words
    assert merged() == ["p-001"]
