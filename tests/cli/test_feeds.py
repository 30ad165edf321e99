import re

import pytest
from sqlalchemy import select

from clinic.db import db
from clinic.feeds.models import FeedLink
from clinic.tokens import fingerprint
from clinic.trail import TrailEvent
from tests import make

LINK = r"/feeds/([A-Za-z0-9_-]{43})\.ics\n"


@pytest.mark.parametrize(
    ("option", "make_owner"), [("--participant", make.participant), ("--staff", make.staff)]
)
def test_issue_prints_the_path_of_a_link_that_works(app, command, pages, option, make_owner):
    make_owner(key="k-1")

    printed = command("feeds", "issue", option, "k-1")

    token = re.fullmatch(LINK, printed.stdout)[1]
    assert printed.stderr == ""
    assert db.scalars(select(FeedLink.token_hash)).all() == [fingerprint(token)]
    assert pages.get(printed.stdout.strip()).headers["Content-Type"] == (
        "text/calendar; charset=utf-8"
    )


def test_every_issue_prints_another_path(app, command):
    make.participant(key="p-1")

    first = command("feeds", "issue", "--participant", "p-1").stdout
    second = command("feeds", "issue", "--participant", "p-1").stdout

    assert first != second


def test_a_link_has_the_name_that_is_given(app, command):
    make.participant(key="p-1")

    command("feeds", "issue", "--participant", "p-1", "--name", "Tablet")
    command("feeds", "issue", "--participant", "p-1")

    names = db.scalars(select(FeedLink.name).order_by(FeedLink.id)).all()
    assert names == ["Tablet", "Calendar"]


def test_revoke_says_how_many(app, command):
    ana = make.staff(key="rivera")
    make.feed_link(ana, token="1")
    make.feed_link(ana, token="2")
    make.feed_link(make.participant(), token="3")

    assert command("feeds", "revoke", "--staff", "rivera").stdout == "2 links revoked.\n"
    assert command("feeds", "revoke", "--staff", "rivera").stdout == "0 links revoked.\n"


def test_the_trail_tells_that_a_command_did_it(app, command):
    make.participant(key="p-1")

    command("feeds", "issue", "--participant", "p-1")
    command("feeds", "revoke", "--participant", "p-1")

    events = db.execute(
        select(TrailEvent.verb, TrailEvent.actor_kind, TrailEvent.actor_id).order_by(TrailEvent.id)
    ).all()
    assert events == [("feed.issued", "system", None), ("feed.revoked", "system", None)]


@pytest.mark.parametrize("verb", ["issue", "revoke"])
@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "Give one of --participant KEY and --staff KEY.\n"),
        (
            ["--participant", "p-1", "--staff", "rivera"],
            "Give one of --participant KEY and --staff KEY.\n",
        ),
        (
            ["--participant", "rivera"],
            "--participant rivera: no participant has this key.\n",
        ),
        (["--staff", "p-1"], "--staff p-1: no staff member has this key.\n"),
        (["--staff", ""], "--staff : no staff member has this key.\n"),
    ],
)
def test_bad_words_are_bad_input(app, command, verb, words, said):
    make.participant(key="p-1")
    make.staff(key="rivera")

    result = command("feeds", verb, *words, status=2)

    assert (result.stdout, result.stderr) == ("", said)
    assert db.scalars(select(FeedLink)).all() == []


def test_a_closed_account_is_refused(app, command):
    make.staff(key="rivera", is_active=False)

    result = command("feeds", "issue", "--staff", "rivera", status=1)

    assert (result.stdout, result.stderr) == (
        "",
        "This account is closed: its calendars stay empty.\n",
    )
