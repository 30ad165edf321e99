import socket
import ssl
from contextlib import contextmanager
from datetime import timedelta
from email import message_from_bytes, policy

import pytest
import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from sqlalchemy import select

from clinic import outbox
from clinic.db import db, transaction
from clinic.errors import Refused
from clinic.messages import actions
from clinic.outbox import OutboxMessage
from tests import make
from tests.race import race

NOON = make.instant("2026-03-02 12:00")


class Inbox:
    """A mail server of this test: what it was handed, and by whom."""

    def __init__(self):
        self.mails = []
        self.names = []
        self.logins = []
        self.unknown = set()
        self.hangs_up_at = None
        self.on_mail = lambda: None

    async def handle_EHLO(self, _server, session, _envelope, hostname, responses):  # noqa: N802 - the library's name
        session.host_name = hostname
        self.names.append(hostname)
        return responses

    async def handle_RCPT(self, _server, _session, envelope, address, _options):  # noqa: N802 - the library's name
        if address in self.unknown:
            return f"550 no such user {address}"
        envelope.rcpt_tos.append(address)
        return "250 fine"

    async def handle_DATA(self, server, _session, envelope):  # noqa: N802 - the library's name
        if envelope.rcpt_tos == [self.hangs_up_at]:
            server.transport.abort()
        self.on_mail()
        self.mails.append(envelope)
        return "250 taken"

    def log_in(self, _server, session, _envelope, _mechanism, credentials):
        self.logins.append((credentials.login, credentials.password, session.ssl is not None))
        return AuthResult(success=credentials.password == b"secret", handled=False)

    @property
    def recipients(self):
        return [address for mail in self.mails for address in mail.rcpt_tos]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def listening(inbox, **options):
    options = {"authenticator": inbox.log_in, "auth_require_tls": False} | options
    server = Controller(inbox, hostname="127.0.0.1", port=free_port(), **options)
    server.start()
    try:
        yield server.port
    finally:
        server.stop()


@pytest.fixture
def inbox():
    return Inbox()


@pytest.fixture
def deliver(app, inbox):
    with listening(inbox) as port:

        def run(now=NOON, user=""):
            make.saved()
            url = f"smtp://{user}127.0.0.1:{port}?from=notices@example.org"
            sent = actions.deliver_due(url, now=now)
            make.read_afresh()
            return sent

        yield run


@pytest.fixture
def encrypted(monkeypatch, tmp_path):
    """What a server with a certificate is started with; and whoever issued it is trusted."""
    authority = trustme.CA()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("localhost").configure_cert(context)
    authority.cert_pem.write_to_path(tmp_path / "authority.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
    return context


def enqueue(recipient="jo@example.org", subject="Hello", body="Hello,\n"):
    outbox.enqueue(recipient, subject=subject, body=body, now=NOON)
    db.flush()


def kept():
    """Attempts, next time and outcome of each message, in the order they were written."""
    rows = db.scalars(select(OutboxMessage).order_by(OutboxMessage.id))
    return [(row.attempts, row.due_at, row.sent_at, row.given_up_at) for row in rows]


def test_a_message_that_is_due_is_sent_once(deliver, inbox):
    enqueue(subject="Your password was changed", body="Hello,\n.\nBye.\n")
    assert (deliver(), deliver()) == (1, 0)
    [mail] = inbox.mails
    assert (mail.mail_from, mail.rcpt_tos) == ("notices@example.org", ["jo@example.org"])
    read = message_from_bytes(mail.content, policy=policy.default)
    assert (read["From"], read["To"]) == ("notices@example.org", "jo@example.org")
    assert read["Subject"] == "Your password was changed"
    assert read.get_content() == "Hello,\r\n.\r\nBye.\r\n"
    assert kept() == [(1, NOON + timedelta(minutes=5), NOON, None)]
    assert db.scalars(select(OutboxMessage.body)).all() == [""]  # a link may stand in it


def test_a_message_that_was_withdrawn_is_not_sent(deliver, inbox):
    for recipient in ("a@example.org", "b@example.org"):
        enqueue(recipient)
    outbox.withdraw(select(OutboxMessage.id).where(OutboxMessage.id == 1), now=NOON)
    assert (deliver(), inbox.recipients) == (1, ["b@example.org"])


def test_a_message_waits_for_its_time(deliver, inbox):
    enqueue()
    assert deliver(NOON - timedelta(seconds=1)) == 0
    assert (inbox.mails, inbox.names) == ([], [])


def test_we_are_called_like_the_senders_domain_not_like_this_machine(deliver, inbox):
    enqueue()
    deliver()
    assert inbox.names == ["example.org"]


def test_without_a_setting_nothing_is_sent_and_all_is_kept(app):
    enqueue()
    make.saved()
    assert actions.deliver_due("", now=NOON) == 0
    assert kept() == [(0, NOON, None, None)]


def test_a_setting_that_makes_no_sense_is_refused(app):
    with pytest.raises(Refused, match="CLINIC_MAIL_URL is not understood"):
        actions.deliver_due("mail.example.org", now=NOON)


def test_where_no_server_answers_messages_wait_and_no_attempt_is_counted(app, caplog):
    enqueue()
    make.saved()
    assert actions.deliver_due(f"smtp://127.0.0.1:{free_port()}", now=NOON) == 0
    assert kept() == [(0, NOON, None, None)]
    assert [record.message for record in caplog.records] == ["mail server: ConnectionRefusedError"]


def test_one_refused_recipient_does_not_stop_the_others_and_is_not_named_in_the_log(
    deliver, inbox, caplog
):
    inbox.unknown = {"gone@example.org"}
    for recipient in ("a@example.org", "gone@example.org", "b@example.org"):
        enqueue(recipient)
    caplog.clear()
    assert deliver() == 2
    assert inbox.recipients == ["a@example.org", "b@example.org"]
    assert kept()[1] == (1, NOON + timedelta(minutes=5), None, None)
    ours = [record.message for record in caplog.records if record.name == actions.log.name]
    assert ours == ["message 2: SMTPRecipientsRefused"]


def test_a_message_is_tried_eight_times_with_growing_pauses_and_then_given_up(deliver, inbox):
    inbox.unknown = {"gone@example.org"}
    enqueue("gone@example.org")
    now, pauses = NOON, []
    for _ in range(8):
        deliver(now)
        [(attempts, due_at, sent_at, given_up_at)] = kept()
        assert (sent_at, given_up_at) == (None, None)
        pauses.append((due_at - now) // timedelta(minutes=1))
        deliver(due_at - timedelta(seconds=1))
        assert kept()[0][0] == attempts
        now = due_at
    assert pauses == [5, 15, 45, 135, 405, 1215, 1440, 1440]
    inbox.unknown = set()
    assert (deliver(now), deliver(now)) == (0, 0)
    assert kept() == [(8, now, None, now)]
    assert inbox.mails == []


def test_a_message_that_was_refused_once_is_sent_later(deliver, inbox):
    inbox.unknown = {"jo@example.org"}
    enqueue()
    deliver()
    inbox.unknown = set()
    later = NOON + timedelta(minutes=5)
    assert deliver(later) == 1
    assert kept() == [(2, later + timedelta(minutes=15), later, None)]


def test_a_server_that_hangs_up_ends_the_run_and_the_rest_goes_next_time(deliver, inbox):
    inbox.hangs_up_at = "jo@example.org"
    for recipient in ("jo@example.org", "ana@example.org"):
        enqueue(recipient)
    assert deliver() == 0
    assert [attempts for attempts, *_ in kept()] == [1, 0]
    inbox.mails.clear()
    assert deliver(NOON + timedelta(minutes=1)) == 1
    assert inbox.recipients == ["ana@example.org"]


def test_what_is_no_address_is_given_up_at_once_and_nobody_else_gets_it(deliver, inbox):
    enqueue("jo@example.org, eve@example.org")
    enqueue("jo@example.org\r\nRCPT TO:<eve@example.org>")
    assert deliver() == 0
    assert [given_up_at for *_, given_up_at in kept()] == [NOON, NOON]
    assert inbox.mails == []


def test_a_line_break_in_a_subject_sends_nothing_to_anybody_else(deliver, inbox):
    enqueue(subject="Hello\r\nBcc: eve@example.org\r\n\r\nWin!")
    assert deliver() == 1
    read = message_from_bytes(inbox.mails[0].content, policy=policy.default)
    assert (read["Subject"], read["Bcc"]) == ("Hello Bcc: eve@example.org Win!", None)
    assert inbox.recipients == ["jo@example.org"]


def test_two_workers_send_each_message_once(app, inbox):
    recipients = [f"{number}@example.org" for number in range(20)]
    for recipient in recipients:
        enqueue(recipient)
    with listening(inbox) as port:
        url = f"smtp://127.0.0.1:{port}"
        answers = race(app, *[lambda: actions.deliver_due(url, now=NOON)] * 2)
    assert sum(answers) == 20
    assert sorted(inbox.recipients) == sorted(recipients)


def test_a_message_that_another_worker_has_claimed_is_left_to_it(app, inbox):
    enqueue()
    make.saved()
    with transaction(write=False):
        [row] = actions.queries.messages_due(now=NOON)
    with transaction():
        first = actions._claim(row, now=NOON)
    with transaction():
        second = actions._claim(row, now=NOON)
    assert (first.recipient, second) == ("jo@example.org", None)


def test_the_database_is_free_while_a_message_is_under_way(app, deliver, inbox):
    def write():
        with app.app_context(), transaction():
            enqueue("somebody@example.org")

    inbox.on_mail = write
    enqueue()
    assert deliver() == 1
    assert len(kept()) == 2


def test_a_password_is_told_to_a_server_on_this_machine(deliver, inbox):
    enqueue()
    assert deliver(user="relay:secret@") == 1
    assert inbox.logins == [(b"relay", b"secret", False)]


def test_a_wrong_password_ends_the_run_before_any_message_is_touched(deliver, inbox, caplog):
    enqueue()
    assert deliver(user="relay:wrong@") == 0
    assert kept() == [(0, NOON, None, None)]
    assert "mail server: SMTPAuthenticationError 535" in caplog.messages


def test_a_password_is_not_told_to_another_machine_without_encryption(app, inbox, caplog):
    enqueue()
    make.saved()
    with listening(inbox) as port:
        # The same server by a name that does not say that it is this machine.
        assert actions.deliver_due(f"smtp://relay:secret@127.1:{port}", now=NOON) == 0
    assert (inbox.logins, inbox.mails) == ([], [])
    assert "mail server: SMTPNotSupportedError" in caplog.messages


def test_encryption_is_used_where_the_server_offers_it(app, inbox, encrypted):
    enqueue()
    make.saved()
    with listening(inbox, tls_context=encrypted) as port:
        assert actions.deliver_due(f"smtp://relay:secret@localhost:{port}", now=NOON) == 1
    assert inbox.logins == [(b"relay", b"secret", True)]


def test_encryption_from_the_first_byte_on(app, inbox, encrypted):
    enqueue()
    make.saved()
    with listening(inbox, ssl_context=encrypted) as port:
        assert actions.deliver_due(f"smtps://localhost:{port}", now=NOON) == 1
    assert inbox.recipients == ["jo@example.org"]


@pytest.mark.parametrize(("scheme", "option"), [("smtp", "tls_context"), ("smtps", "ssl_context")])
def test_a_server_that_cannot_prove_its_name_gets_nothing(
    app, inbox, encrypted, monkeypatch, scheme, option
):
    monkeypatch.delenv("SSL_CERT_FILE")
    enqueue()
    make.saved()
    with listening(inbox, **{option: encrypted}) as port:
        assert actions.deliver_due(f"{scheme}://relay:secret@localhost:{port}", now=NOON) == 0
    assert (inbox.logins, inbox.mails) == ([], [])
    assert kept() == [(0, NOON, None, None)]
