from clinic.db import db, transaction
from clinic.digest.actions import remind
from clinic.digest.queries import Due
from clinic.outbox import OutboxMessage
from tests import make
from tests.race import race

LINK = "https://clinic.example/hours/digest"


def due(staff, day):
    return Due(staff.id, staff.account.email, 2, make.instant(f"{day} 00:00"))


def test_each_is_written_to_once_a_day(app):
    make.organization()
    ana, sam = make.staff(), make.staff()
    for moment, people, number in (
        ("2026-03-03 07:00", [], 0),
        ("2026-03-03 07:00", [ana], 1),
        ("2026-03-03 07:01", [ana, sam], 1),
        ("2026-03-04 07:00", [ana, sam], 2),
    ):
        listed = [due(each, moment[:10]) for each in people]
        assert remind(listed, link=LINK, now=make.instant(moment)) == number
    messages = db.query(OutboxMessage).all()
    assert [one.recipient for one in messages] == [
        each.account.email for each in (ana, sam, ana, sam)
    ]
    assert {one.subject for one in messages} == {"Something to look at"}
    assert LINK in messages[0].body


def test_two_servers_write_once(app):
    make.organization()
    listed = [due(make.staff(), "2026-03-03")]

    def reminding():
        with transaction():
            return remind(listed, link=LINK, now=make.instant("2026-03-03 07:00"))

    assert sorted(race(app, reminding, reminding)) == [0, 1]
