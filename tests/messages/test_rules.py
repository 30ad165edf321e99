from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy

import pytest

from clinic.messages import rules
from clinic.messages.rules import Mailbox

NOON = datetime(2026, 3, 2, 17, tzinfo=UTC)
BOX = rules.mailbox_of("smtp://mail.example.org?from=notices@example.org")


def compose(recipient="jo@example.org", subject="Your password was changed", body="Hello,\n"):
    return rules.compose(BOX, recipient=recipient, subject=subject, body=body, now=NOON)


@pytest.mark.parametrize(
    ("url", "mailbox"),
    [
        (
            "smtp://mail.example.org",
            Mailbox("mail.example.org", 25, "", "", "no-reply@mail.example.org", False),
        ),
        (
            "smtp://ana%40example.org:p%2Fw%40rd@mail.example.org:587",
            Mailbox("mail.example.org", 587, "ana@example.org", "p/w@rd", "ana@example.org", False),
        ),
        (
            "smtps://relay:secret@mail.example.org?from=notices@example.org",
            Mailbox("mail.example.org", 465, "relay", "secret", "notices@example.org", True),
        ),
    ],
)
def test_one_setting_says_where_and_in_whose_name(url, mailbox):
    assert rules.mailbox_of(url) == mailbox
    assert rules.why_not_mail_url(url) is None


def test_the_senders_domain_is_what_we_are_called():
    assert BOX.domain == "example.org"


def test_without_a_setting_nothing_is_wrong():
    assert rules.why_not_mail_url("") is None


@pytest.mark.parametrize(
    "url",
    [
        "mail.example.org",
        "http://mail.example.org",
        "smtp://",
        "smtp://mail.example.org:many",
        "smtp://mail.example.org?from=nobody",
        "smtp://mail.example.org?from=a@example.org%0d%0aBcc:b@example.org",
    ],
)
def test_a_setting_that_makes_no_sense_gets_a_sentence(url):
    assert rules.why_not_mail_url(url) == (
        "CLINIC_MAIL_URL is not understood. Write it like "
        "smtp://user:password@mail.example.org:587?from=notices@example.org."
    )


@pytest.mark.parametrize(
    ("host", "is_encrypted", "may"),
    [
        ("mail.example.org", True, True),
        ("mail.example.org", False, False),
        ("192.0.2.7", False, False),
        ("127.0.0.1", False, True),
        ("localhost", False, True),
        ("::1", False, True),
    ],
)
def test_a_password_is_told_where_nobody_listens(host, is_encrypted, may):
    mailbox = BOX._replace(host=host)
    assert rules.may_have_the_password(mailbox, is_encrypted=is_encrypted) is may


def test_pauses_grow_and_a_message_is_tried_for_about_two_days():
    minutes = [rules.pause_after(attempts) // timedelta(minutes=1) for attempts in range(1, 9)]
    assert minutes == [5, 15, 45, 135, 405, 1215, 1440, 1440]


def test_a_message_says_who_to_whom_when_and_what():
    message = compose()
    identity = message["Message-ID"]
    assert identity.endswith("@example.org>")
    assert list(message.items()) == [
        ("From", "notices@example.org"),
        ("To", "jo@example.org"),
        ("Subject", "Your password was changed"),
        ("Date", "Mon, 02 Mar 2026 17:00:00 +0000"),
        ("Message-ID", identity),
        ("Auto-Submitted", "auto-generated"),
        ("Content-Type", 'text/plain; charset="utf-8"'),
        ("Content-Transfer-Encoding", "7bit"),
        ("MIME-Version", "1.0"),
    ]
    assert message.get_content() == "Hello,\n"


def test_two_messages_have_two_names():
    assert compose()["Message-ID"] != compose()["Message-ID"]


@pytest.mark.parametrize(
    "subject",
    [
        "Hello\r\nBcc: eve@example.org",
        "Hello\nBcc: eve@example.org",
        "Hello\rBcc: eve@example.org",
        "Hello\u2028Bcc: eve@example.org",
        "Hello\x00\r\n\r\nBcc: eve@example.org",
        "Hello\x0bBcc: eve@example.org\x85",
    ],
)
def test_a_subject_stays_one_line(subject):
    sent = message_from_bytes(compose(subject=subject).as_bytes(), policy=policy.default)
    assert sent["Subject"] == "Hello Bcc: eve@example.org"
    assert sent.keys() == compose().keys()


def test_a_body_cannot_become_a_header():
    sent = message_from_bytes(
        compose(body="\r\nBcc: eve@example.org\r\n\r\nHi").as_bytes(), policy=policy.default
    )
    assert sent.keys() == compose().keys()


def test_letters_of_every_language_arrive():
    message = compose(subject="Ya est\u00e1", body="\u00a1Hola, \u5c71!\n")
    sent = message_from_bytes(message.as_bytes(), policy=policy.default)
    assert (sent["Subject"], sent.get_content()) == ("Ya est\u00e1", "\u00a1Hola, \u5c71!\n")


@pytest.mark.parametrize(
    "recipient",
    [
        "",
        "jo",
        "@example.org",
        "jo@",
        "jo@example.org, eve@example.org",
        "jo@example.org\r\nBcc: eve@example.org",
        "jo@example.org\n",
        "Jo <jo@example.org>",
        "jo@example.org>\r\nDATA",
        "jo @example.org",
        "jo@eve@example.org",
    ],
)
def test_what_is_not_exactly_one_address_gets_no_message(recipient):
    assert compose(recipient) is None
