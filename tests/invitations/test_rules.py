from datetime import timedelta

from clinic.invitations import rules
from clinic.tokens import CODE_LENGTH, CODE_LETTERS


def test_trying_codes_leads_nowhere():
    in_seven_days = 1000 * rules.INVITATION_LASTS / timedelta(seconds=1)
    codes = 1000  # that hold at the same time
    assert in_seven_days * codes / len(CODE_LETTERS) ** CODE_LENGTH < 1e-6


def test_an_invitation_is_a_path():
    assert rules.invitation_path("token") == "/invitations/token"


def test_an_invitation_needs_an_address_and_an_active_account():
    assert rules.why_not_invite("ana@example.org", is_active=True) is None
    assert rules.why_not_invite(None, is_active=True) == rules.NO_EMAIL
    assert rules.why_not_invite("ana@example.org", is_active=False) == rules.DEACTIVATED


def test_only_a_first_invitation_goes_by_mail():
    assert rules.why_not_mail(has_password=False, was_taken=False) is None
    assert rules.why_not_mail(has_password=True, was_taken=False) == rules.ONLY_FIRST
    assert rules.why_not_mail(has_password=False, was_taken=True) == rules.IN_ANOTHERS_HANDS


def test_the_message_has_the_link_and_no_word_of_the_place():
    words = f"{rules.SUBJECT} {rules.body('https://x.example/invitations/t')}".lower()
    assert "\nhttps://x.example/invitations/t\n" in words
    assert not {"clinic", "program", "session", "appointment", "patient"} & set(words.split())
