import pytest
from sqlalchemy import select

from clinic.db import db
from clinic.schedule.models import Status
from clinic.tasks.models import Task, TaskOutcome, TaskState
from clinic.trail import TrailLook
from tests import make


@pytest.fixture
def ana(app, at):
    at("2026-03-04 10:00")
    make.organization(alert_in_a_row=2)
    return make.staff(name="Ana Rivera")


@pytest.fixture
def jo(ana):
    """On Ana's caseload; came once, was excused once, missed two; with a task that is overdue."""
    enrollment = make.enrollment(make.participant(name="Jordan Avery"), clinician=ana)
    statuses = (Status.PRESENT, Status.EXCUSED, Status.NO_SHOW, Status.LATE_CANCEL)
    for day, status in zip(("02-26", "02-27", "03-02", "03-03"), statuses, strict=True):
        make.booking(make.session(f"2026-{day}"), enrollment, status)
    make.task(enrollment.participant)
    return enrollment.participant


def test_a_clinician_finds_a_task_on_today_and_notes_what_came_of_it(jo, ana, signed_in):
    pages = signed_in(ana)
    page = pages.get("/today").page
    assert page.links["1 task overdue"] == "/tasks?whose=own"
    page = pages.get("/tasks?whose=own").page
    assert page.rows == [
        [
            "Jordan Avery Evening IOP",
            "2 misses in a row, the latest on Mon, Mar 2",
            "Overdue since Mar 3",
            "Ana Rivera",
        ]
    ]
    assert db.scalars(select(TrailLook.participant_ids)).all()[-1] == [jo.id]
    page = pages.get("/tasks/1").page
    said = "Came to 1 of 4 (25 %), kept their word 2 of 4 times (50 %)"
    assert f"{said}: 1 excused, 1 late cancel, 1 no-show." in page.words
    assert "2 misses in a row (alert at 2)" in page.words
    assert "Choose what came of it." in pages.submit("/tasks/1", status=422).page.words
    assert pages.submit("/tasks/1", outcome="spoken", words="By bus").location == "/tasks"
    page = pages.follow().page
    assert "Done: Jordan Avery. Undo" in page.words
    assert "No open tasks" in page.words
    task = db.get_one(Task, 1)
    assert (task.outcome, task.words, task.done_by_id) == (
        TaskOutcome.SPOKEN,
        "By bus",
        ana.account_id,
    )
    assert "Spoke with them Ana Rivera today, 10:00 am" in pages.get("/tasks?state=done").page.words
    page = pages.get("/tasks/1").page
    assert "Spoke with them: “By bus”" in page.words
    assert pages.submit("/tasks/1/reopen").location == "/tasks/1"
    page = pages.follow().page
    assert "Due Thu, Mar 5" in page.words
    assert "Last time Spoke with them: “By bus”" in page.words


def test_the_list_is_narrowed_down_by_whose_and_by_state(jo, ana, signed_in):
    other = make.enrollment(make.participant(name="Robin Vale")).participant
    make.task(other, due_on=make.instant("2026-03-05 12:00").date())
    make.task(other, since=make.instant("2026-03-01 10:00"), state=TaskState.WITHDRAWN)
    coordinator = signed_in("coordinator")

    def names(query=""):
        page = coordinator.get(f"/tasks{query}").page
        return [row[0].split()[0] for row in page.rows]

    assert names() == ["Jordan", "Robin"]
    assert names("?state=overdue") == ["Jordan"]
    assert names("?state=withdrawn") == ["Robin"]
    assert names("?whose=coordinators") == ["Robin"]
    assert names("?whose=own") == []
    assert "None fits." in coordinator.text
    coordinator.get("/tasks?whose=nobody", status=404)
    coordinator.get("/tasks?state=nothing", status=404)
    assert "a mark was corrected, or they have come since" in coordinator.get("/tasks/3").text


def test_of_two_who_finish_a_task_the_second_is_told(jo, ana, signed_in):
    pages, other = signed_in(ana), signed_in("coordinator")
    pages.get("/tasks/1")
    other.post("/tasks/1", {"outcome": "spoken"})
    page = pages.submit("/tasks/1", status=422, outcome="message left", words="Call again").page
    assert "Somebody has finished this task already." in page.words
    assert "You wrote: “Call again”" in page.words


def test_who_cares_for_somebody_is_told_on_their_page(jo, ana, signed_in):
    page = signed_in(ana).get(f"/participants/{jo.id}").page
    assert page.links["Task: 2 misses in a row, the latest on Mon, Mar 2"] == "/tasks/1"
    billing = signed_in("billing").get(f"/participants/{jo.id}").page
    assert "Task:" not in billing.words


def test_presence_and_kept_word_stand_side_by_side_above_the_attendance(jo, ana, signed_in):
    page = signed_in(ana).get(f"/participants/{jo.id}/attendance").page
    assert "Came to 1 of 4 (25 %), kept their word 2 of 4 times (50 %)" in page.words
    assert "Attendance policy: 2 misses in a row (alert at 2)." in page.words


def test_a_clinic_without_a_policy_is_told_where_tasks_come_from(app, signed_in):
    make.site()
    assert "asks for no tasks" in signed_in("coordinator").get("/tasks").page.words


def test_a_task_is_given_from_a_participants_page(jo, ana, signed_in):
    pages = signed_in(ana)
    path = f"/participants/{jo.id}/tasks/new"
    assert pages.get(f"/participants/{jo.id}").page.links["Give a task"] == path
    page = pages.get(path).page
    assert page.value("due_on") == "2026-03-05"
    assert page.value("owner") == str(ana.id)
    assert "Say what is to be done." in pages.submit(path, status=422).page.words
    assert pages.submit(path, what="Call the school").location == f"/participants/{jo.id}"
    page = pages.follow().page
    assert "Task: Call the school Ana Rivera · Due Thu, Mar 5" in page.words
    task = db.scalars(select(Task).where(Task.what == "Call the school")).one()
    assert "Call the school" in pages.get("/tasks?whose=own").page.words
    assert "given by Ana Rivera today, 10:00 am" in pages.get(f"/tasks/{task.id}").page.words
    pages.submit(f"/tasks/{task.id}", outcome="carried out")
    assert "Done: Jordan Avery. Undo" in pages.follow().page.words
    pages.get("/tasks/1")  # that misses raised
    assert (
        "from the list" in pages.post("/tasks/1", {"outcome": "carried out"}, status=422).page.words
    )
