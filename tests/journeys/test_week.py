"""A week at the clinic: from a published schedule to hours delivered, each by their own page."""

import re
from urllib.request import urlopen

from icalendar import Calendar
from playwright.sync_api import Page, expect

from tests.journeys.eyes import look
from tests.journeys.live import LiveClinic
from tests.journeys.steps import (
    accept_invitation,
    heading,
    hold,
    invite,
    let_go,
    row,
    said,
    set_up_kiosk,
    tap,
)


def test_a_week_at_the_clinic(clinic, sit_down, watch):
    watch.allowed = {"status of 422"}  # somebody types a PIN that is taken
    desk = sit_down()
    invitation = invite(clinic, "Lee Marsh", "coordinator")
    desk.goto(invitation)
    look(desk)
    accept_invitation(desk, invitation)
    expect(heading(desk)).to_have_text("Today")
    expect(desk.get_by_text("you are signed in")).to_be_visible()
    look(desk)

    key = add_jordan(desk)
    enroll(desk, clinic)
    put_on(desk, "Process group")
    put_on(desk, "Skills group")
    look(desk)

    kiosk = sit_down()
    set_up_kiosk(kiosk, clinic)
    tap(kiosk, "482913")
    expect(kiosk.get_by_text("Thank you, J.")).to_be_visible()
    expect(kiosk.get_by_text(f"Garden Room, {said(clinic.at.process_from)}")).to_be_visible()
    look(kiosk)

    see_arrived(desk)
    take_attendance(desk, clinic)
    catch_up_on_the_morning(desk)

    phone = sit_down(phone=True)
    see_own_week(phone, clinic)
    read_calendar(clinic, key)

    assert clinic.flask("import", "clinic", str(clinic.write_file()))[-1].startswith(
        "all: 0 created, 0 changed, "
    )


def add_jordan(desk: Page) -> str:
    desk.get_by_role("link", name="Participants").click()
    look(desk)
    narrow_the_list_down(desk)
    desk.get_by_role("link", name="New participant").click()
    look(desk)
    desk.get_by_role("link", name="Add participant without a program").click()
    look(desk)
    desk.get_by_label("Name", exact=True).fill("Jordan Avery")
    desk.get_by_label("Preferred name").fill("Jo")
    desk.get_by_label("E-mail").fill("jo@example.org")
    desk.get_by_label("PIN for check-in").fill("270518")
    desk.get_by_role("button", name="Add", exact=True).click()
    taken = "This PIN is someone else’s, or was. Choose another."
    expect(desk.locator("#pin-error")).to_have_text(taken)
    look(desk)
    expect(desk.get_by_label("Name", exact=True)).to_have_value("Jordan Avery")
    desk.get_by_label("PIN for check-in").fill("482913")
    desk.get_by_role("button", name="Add", exact=True).click()
    expect(heading(desk)).to_have_text("Jordan Avery")
    look(desk)
    return re.search(r"p-\d+", desk.inner_text("main"))[0]


def narrow_the_list_down(desk: Page) -> None:
    """As one types, without a page load; the address and the box are those of what is shown."""
    box, nobody = desk.get_by_label("Search by name"), desk.get_by_text("Nobody found")
    desk.evaluate("window.isSamePage = true")
    box.press_sequentially("nobody at all", delay=20)
    expect(nobody).to_be_visible()
    expect(desk).to_have_url(re.compile(r"\?q=nobody\+at\+all$"))
    expect(box).to_be_focused()
    box.fill("")
    expect(nobody).to_be_hidden()
    expect(desk).to_have_url(re.compile(r"/participants$"))
    assert desk.evaluate("window.isSamePage")


def enroll(desk: Page, clinic: LiveClinic) -> None:
    desk.get_by_role("link", name="Enroll").first.click()
    look(desk)
    desk.get_by_label("First day").fill(str(clinic.at.week))
    cells, typed = desk.locator(".paint-cell"), desk.locator("[name^=unavailable-0-]")
    for starts, ends, days in (("07:00", "09:00", 2), ("", "", 0)):  # Mon and Tue, two hours each
        cells.nth(0).drag_to(cells.nth(8))
        expect(typed.and_(desk.locator("[name$=from]"))).to_have_value(starts)
        expect(typed.and_(desk.locator("[name$=until]"))).to_have_value(ends)
        expect(typed.and_(desk.locator(":checked"))).to_have_count(days)
    desk.get_by_label("Primary clinician").select_option("Ana Rivera")
    desk.get_by_role("button", name="See what it changes").click()
    expect(desk.get_by_text("Nothing is saved yet")).to_be_visible()
    look(desk)
    desk.get_by_role("button", name="Save").click()
    expect(desk.get_by_text("Jordan Avery is enrolled in Day IOP.")).to_be_visible()
    look(desk)
    see_hours(desk, "Jordan Avery", "Out of reach", "Done 0 min, ahead 0 min")
    look(desk)
    clinic.flask("tick")
    desk.get_by_role("link", name="Digest").click()
    risky = desk.get_by_role("row").filter(has_text="Jordan Avery")
    expect(risky).to_contain_text("Known since today")
    look(desk)
    desk.get_by_role("link", name="Jordan Avery", exact=True).click()


def put_on(desk: Page, group: str) -> None:
    desk.get_by_role("link", name="Add to group").click()
    desk.get_by_role("checkbox", name=group).check()
    expect(desk.locator("[data-week-sum]")).to_contain_text(" of 9 h")
    desk.get_by_role("button", name="See what it changes").click()
    desk.get_by_role("button", name="Save").click()
    expect(desk.get_by_text(f"Jordan Avery is on {group} from")).to_be_visible()


def see_hours(desk: Page, name: str, state: str, words: str) -> None:
    desk.get_by_role("link", name="Hours", exact=True).click()
    desk.get_by_role("link", name="Everyone").click()
    line = desk.get_by_role("row").filter(has=desk.get_by_role("link", name=name, exact=True))
    expect(line.get_by_role("img")).to_have_accessible_name(f"{words}, of 9 to 12 hours")
    expect(line.get_by_role("cell").nth(1)).to_contain_text(state)


def see_arrived(desk: Page) -> None:
    desk.get_by_role("link", name="Today").click()
    card = row(desk, "Process group")
    expect(card.get_by_role("img")).to_have_accessible_name("1 of 7 arrived")
    expect(card.get_by_text("Partly")).to_be_visible()
    look(desk)
    # The check-in at the door is carried on to the group that follows.
    row(desk, "Skills group").get_by_role("link").first.click()
    expect(row(desk, "Jo A.")).to_contain_text("carried over")
    look(desk)
    desk.go_back()


def take_attendance(desk: Page, clinic: LiveClinic) -> None:
    row(desk, "Process group").get_by_role("link").first.click()
    counts, undo = desk.locator("#counts"), desk.locator("#undo")
    expect(counts).to_have_text("1 of 7 here 6 unmarked", use_inner_text=True)
    expect(row(desk, "Jo A.")).to_contain_text(re.compile(r"Late, \d+ min"))

    maria = row(desk, "Maria C.")
    maria.get_by_role("button", name="Late", exact=True).click()
    expect(maria.get_by_role("button", name="Late, 1", pressed=True)).to_be_visible()
    look(desk)
    maria.get_by_role("button", name="5 min", exact=True).click()
    expect(maria.get_by_role("button", name="Late, 5 min", pressed=True)).to_be_visible()

    priya = row(desk, "Priya R.")
    priya.get_by_role("button", name="Excused").click()
    expect(undo).to_contain_text("Marked Priya R. excused.")
    expect(counts).to_have_text("2 of 7 here 1 absent 4 unmarked", use_inner_text=True)
    look(desk)
    priya.get_by_role("button", name="Undo").click()
    expect(priya.get_by_role("button", pressed=True)).to_have_count(0)
    priya.focus()
    desk.keyboard.press("e")
    expect(priya.get_by_role("button", name="Excused", pressed=True)).to_be_visible()

    desk.get_by_role("button", name="All still unmarked: present").click()
    expect(counts).to_have_text("6 of 7 here 1 absent", use_inner_text=True)
    expect(maria.get_by_role("button", name="Late, 5 min", pressed=True)).to_be_visible()
    expect(undo).to_contain_text("Marked 4 people present.")
    expect(desk.locator("#messages")).to_be_empty()
    look(desk)
    see_hours(desk, "Priya Raman", "Out of reach", "Done 0 min, not recorded 1 h, ahead 7 h")
    see_hours(desk, "Jordan Avery", "On course", "Done 0 min, ahead 9 h")


def catch_up_on_the_morning(desk: Page) -> None:
    desk.get_by_role("link", name="Today").click()
    desk.get_by_role("link", name=re.compile("^Morning circle at")).click()
    devin = row(desk, "Devin O.")
    devin.get_by_role("button", name="Late", exact=True).click()
    expect(devin.get_by_label("Arrived")).to_be_visible()
    hold(desk)
    desk.get_by_role("button", name="All still unmarked: present").click()
    devin.get_by_label("Arrived").fill("09:20")
    let_go(desk)
    expect(desk.locator("#messages")).to_contain_text("1 row is left as before: still open")
    devin.get_by_label("Arrived").press("Enter")
    expect(devin.get_by_role("button", name="Late, 20 min", pressed=True)).to_be_visible()
    see_hours(desk, "Maria Castillo", "On course", "Done 1 h, ahead 9 h")
    see_hours(desk, "Devin Okafor", "On course", "Done 40 min, ahead 9 h")
    look(desk)


def see_own_week(phone: Page, clinic: LiveClinic) -> None:
    accept_invitation(phone, clinic.flask("users", "invite", "--email", "jo@example.org")[-1])
    expect(heading(phone)).to_have_text("My week")
    expect(phone.get_by_text("You are on course")).to_be_visible()
    today = phone.get_by_role("listitem").filter(has_text="Today").first
    expect(today).to_contain_text("Now")
    expect(today).to_contain_text(re.compile(r"Late, \d+ min"))
    expect(today).to_contain_text("Checked in")
    look(phone)
    phone.get_by_role("link", name="Next week").first.click()
    expect(phone.get_by_text("Process group")).to_have_count(3)
    look(phone)


def read_calendar(clinic: LiveClinic, key: str) -> None:
    path = clinic.flask("feeds", "issue", "--participant", key)[-1]
    body = fetched(clinic, path)
    events = Calendar.from_ical(body).walk("VEVENT")
    assert [(event.start, event.end) for event in events] == clinic.at.appointments()
    assert {str(event["summary"]) for event in events} == {"Appointment"}
    telling = r"(?i)\bjo\b|jordan|avery|river|street|room|group|skills|process|\biop\b|rivera"
    assert re.findall(telling, body.replace("\r\n ", "")) == []
    clinic.flask("feeds", "revoke", "--participant", key)
    assert Calendar.from_ical(fetched(clinic, path)).walk("VEVENT") == []


def fetched(clinic: LiveClinic, path: str) -> str:
    with urlopen(clinic.url + path, timeout=10) as answer:
        return answer.read().decode()
