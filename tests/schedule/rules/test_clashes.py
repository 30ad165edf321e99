from datetime import date

from clinic.schedule.rules.clashes import clash_sentences


def day(text):
    return date.fromisoformat(text)


def test_clashes_are_told_one_by_one_with_their_days():
    first, second = day("2026-03-09"), day("2026-03-16")
    pair = ("Process group", "Intake")
    twice = "is wanted twice: Process group and Intake are at the same time on"
    assert clash_sentences(
        [("Room 2", pair, second), ("Ana Rivera", pair, first), ("Room 2", pair, first)]
    ) == [
        f"Room 2 {twice} Mon Mar 9, Mon Mar 16.",
        f"Ana Rivera {twice} Mon Mar 9.",
    ]
