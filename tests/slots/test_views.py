from tests import make


def hrefs(answer):
    return [link.get("href") for link in answer.page.all("a", class_="slot")]


def starts(answer, day):
    return [
        href.partition("starts=")[2][:7].replace("%3A", ":").partition("&")[0]
        for href in hrefs(answer)
        if f"day={day}" in href
    ]


# For a participant


def test_free_times_of_this_week_and_next_lead_to_the_form(now, signed_in, ana, jo, office):
    make.session("2026-03-10", "09:00", "16:00", leaders=[ana])
    make.booking(make.session("2026-03-10", "16:00", "17:00"), jo)
    pages = signed_in("coordinator")
    answer = pages.get(f"/sessions/new?enrollment={jo.id}")
    assert starts(answer, "2026-03-10") == ["08:00", "17:00"]
    assert starts(answer, "2026-03-09") == ["12:00", "13:00", "14:00", "15:00", "16:00", "17:00"]
    assert starts(answer, "2026-03-14") == []
    assert starts(answer, "2026-03-20")[0] == "08:00"
    assert "Office 1" in answer.page.words
    form = pages.get(hrefs(answer)[0]).page.words
    assert ("Jordan Avery" in form, "New York time" in form) == (True, True)


def test_another_length_kind_leader_and_week_can_be_asked_for(now, signed_in, ana, jo, office):
    kim = make.staff(name="Kim Tran")
    make.working_hours(kim, 1, "10:00", "11:30")
    asked = f"/sessions/new?enrollment={jo.id}&lead={kim.id}&minutes=90&kind=intake&mode=virtual"
    answer = signed_in("coordinator").get(f"{asked}&week=2026-03-18")
    assert starts(answer, "2026-03-17") == ["10:00"]
    assert starts(answer, "2026-03-24") == ["10:00"]
    (first, _) = hrefs(answer)
    for part in ("title=Intake", "kind=individual", "mode=virtual", f"lead={kim.id}"):
        assert part in first
    assert "room=" not in first


def test_what_makes_no_sense_in_the_address_is_as_usual(now, signed_in, ana, jo, office):
    pages = signed_in("coordinator")
    usual = pages.get(f"/sessions/new?enrollment={jo.id}")
    odd = pages.get(f"/sessions/new?enrollment={jo.id}&lead=x&minutes=7&kind=party&mode=hybrid")
    assert hrefs(odd) == hrefs(usual)
    pages.get(f"/sessions/new?enrollment={jo.id}&week=someday", status=404)


def test_days_without_a_time_say_why(now, signed_in, ana, jo, office):
    make.closure("2026-03-10", name="Water damage")
    make.time_off(ana, "2026-03-11")
    make.leave(jo, "2026-03-12", "2026-03-12")
    jo.until_on = make._day("2026-03-19")
    words = signed_in("coordinator").get(f"/sessions/new?enrollment={jo.id}").page.words
    for said in (
        "Tue, Mar 10 Closed: Water damage",
        "Wed, Mar 11 Time off",
        "Thu, Mar 12 On leave",
        "Sat, Mar 14 Nothing free",
        "Fri, Mar 20 Not enrolled",
    ):
        assert said in words


def test_unavailable_times_are_left_out(now, signed_in, ana, jo, office):
    make.unavailability(jo, 1, "08:00", "16:30")
    answer = signed_in("coordinator").get(f"/sessions/new?enrollment={jo.id}")
    assert starts(answer, "2026-03-10") == ["16:30"]


def test_without_any_room_that_fits_nothing_is_free(now, signed_in, ana, jo):
    words = signed_in("coordinator").get(f"/sessions/new?enrollment={jo.id}").page.words
    assert "Nothing is free in these two weeks" in words


def test_without_anybody_to_lead_there_are_no_times(now, signed_in, ana, jo, office):
    ana.account.is_active = False
    words = signed_in("coordinator").get(f"/sessions/new?enrollment={jo.id}").page.words
    assert "Nobody can lead yet" in words


def test_nobody_leads_by_their_place_in_the_alphabet(now, signed_in, ana, jo, office):
    kim = make.staff(name="Kim Tran")
    jo.clinician_id = None
    answer = signed_in("coordinator").get(f"/sessions/new?enrollment={jo.id}")
    assert hrefs(answer) == []
    assert "Choose with whom" in answer.page.words
    assert answer.page.value("lead") in {"", None}
    asked = signed_in("coordinator").get(f"/sessions/new?enrollment={jo.id}&lead={kim.id}")
    assert "Choose with whom" not in asked.page.words


def test_a_week_that_is_over_has_no_free_times(now, signed_in, ana, jo, office):
    path = f"/sessions/new?enrollment={jo.id}&week=2026-01-05"
    assert hrefs(signed_in("coordinator").get(path)) == []


def test_without_a_person_the_form_asks_for_one(now, signed_in):
    assert signed_in("coordinator").get("/sessions/new", status=302).location == "/sessions/book"


def test_a_clinician_asks_for_their_own_people_alone(now, signed_in, ana, jo, office):
    signed_in(ana).get(f"/sessions/new?enrollment={jo.id}")
    signed_in("clinician").get(f"/sessions/new?enrollment={jo.id}", status=404)
    signed_in("coordinator").get("/sessions/new?enrollment=99", status=404)


def test_a_clinician_without_a_primary_one_is_proposed_themselves(now, signed_in, ana, jo, office):
    jo.clinician_id = None
    kim = make.staff(name="Kim Tran")
    make.booking(make.session("2026-03-02", leaders=[kim]), jo)
    answer = signed_in(kim).get(f"/sessions/new?enrollment={jo.id}")
    assert f"lead={kim.id}" in hrefs(answer)[0]


# Of a member of staff


def test_a_week_of_staff_has_their_sessions_and_the_times_between(now, signed_in, ana, office):
    session = make.session("2026-03-10", "09:00", "17:00", leaders=[ana], room=office, title="DBT")
    make.booking(session)
    make.session("2026-03-11", "09:00", "10:00", leaders=[ana], is_cancelled=True, title="Grief")
    pages = signed_in("coordinator")
    answer = pages.get(f"/staff/{ana.id}/week")
    assert starts(answer, "2026-03-10") == ["08:00", "17:00"]
    assert starts(answer, "2026-03-09")[0] == "12:00"
    assert "9:00 am – 5:00 pm DBT Office 1 · 1 of 12" in answer.page.words
    assert "9:00 – 10:00 am Grief Cancelled" in answer.page.words
    assert "Who is it for?" in pages.get(hrefs(answer)[0]).page.words
    later = pages.get(f"/staff/{ana.id}/week?week=2026-03-16&minutes=90&kind=family")
    assert starts(later, "2026-03-16")[:2] == ["08:00", "09:30"]
    pages.get("/staff/99/week", status=404)


def test_a_clinician_sees_of_colleagues_only_when_they_are_busy(now, signed_in, ana):
    make.session("2026-03-10", "09:00", "10:00", leaders=[ana], title="DBT")
    theirs = signed_in(ana).get(f"/staff/{ana.id}/week").page.words
    others = signed_in("clinician").get(f"/staff/{ana.id}/week").page.words
    assert ("DBT" in theirs, "DBT" in others, "9:00 – 10:00 am Busy" in others) == (
        True,
        False,
        True,
    )


def test_the_clock_is_that_of_the_site(now, signed_in, ana, office):
    away = make.site(key="west", name="West", timezone="America/Los_Angeles")
    make.site(key="old", name="Old", is_active=False)
    pages = signed_in("coordinator")
    words = pages.get(f"/staff/{ana.id}/week").page.words
    assert ("New York time" in words, "West" in words, "Old" in words) == (True, True, False)
    assert "Los Angeles time" in pages.get(f"/staff/{ana.id}/week?site={away.key}").page.words


def test_without_a_site_there_is_no_week(now, signed_in, ana):
    signed_in("coordinator").get(f"/staff/{ana.id}/week", status=404)


def test_many_sessions_need_as_many_statements_as_one(now, signed_in, ana, office, queries):
    pages = signed_in("coordinator")
    make.session("2026-03-10", "09:00", "09:10", leaders=[ana])
    with queries() as few:
        pages.get(f"/staff/{ana.id}/week")
    for minute in range(10, 50, 10):
        make.session("2026-03-10", f"09:{minute}", f"09:{minute + 9}", leaders=[ana])
    with queries() as many:
        pages.get(f"/staff/{ana.id}/week")
    assert many() == few() <= 15
