from clinic.forgotten import rules


def test_a_link_goes_only_to_who_has_a_password_and_access():
    assert rules.may_be_mailed(is_active=True, has_password=True)
    assert not rules.may_be_mailed(is_active=True, has_password=False)
    assert not rules.may_be_mailed(is_active=False, has_password=True)


def test_the_message_has_the_link_and_no_word_of_the_place():
    words = f"{rules.SUBJECT} {rules.body('https://x.example/invitations/t')}".lower()
    assert "\nhttps://x.example/invitations/t\n" in words
    assert not {"clinic", "program", "session", "appointment", "patient"} & set(words.split())
