from clinic.attendance.rules.words import KINDS, METHODS, told, why_stale
from clinic.programs.models import Kind
from clinic.schedule.models import Method, Status


def test_whoever_was_slower_reads_what_is_so():
    assert why_stale("Jo A.", Status.PRESENT) == ("Jo A. has just been marked present. Look again.")
    assert why_stale("Jo A.", Status.LATE_CANCEL) == (
        "Jo A. has just been marked late cancel. Look again."
    )
    assert why_stale("Jo A.", Status.EXPECTED) == (
        "Jo A. has just been put back to expected. Look again."
    )


def test_a_change_is_told_in_a_sentence():
    assert told(["Jo A."], Status.NO_SHOW) == "Marked Jo A. no-show."
    assert told(["Jo A.", "Max B."], Status.PRESENT) == "Marked 2 people present."
    assert told(["Jo A."], Status.EXPECTED) == "Put Jo A. back to expected."


def test_every_kind_and_method_has_a_word():
    assert set(KINDS) == set(Kind)
    assert set(METHODS) == set(Method)
