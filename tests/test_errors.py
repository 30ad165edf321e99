import pytest

from clinic.errors import BadInput, NotFound, Refused, or_not_found, refuse_any, refuse_if


def test_a_rule_that_gives_a_sentence_refuses_with_it():
    with pytest.raises(Refused) as caught:
        refuse_if("The room is too small.")
    assert caught.value.sentence == str(caught.value) == "The room is too small."


def test_a_refusal_knows_the_field_that_it_is_about():
    with pytest.raises(Refused) as caught:
        refuse_if("The room is too small.", "room")
    assert caught.value.field == "room"
    assert Refused("The room is full.").field is None


def test_all_that_rules_say_is_refused_at_once_each_at_its_field():
    refuse_any((None, "room"), (None, None))
    with pytest.raises(Refused) as caught:
        refuse_any((None, "title"), ("Too small.", "room"), ("Too late.", None))
    found = [caught.value, *caught.value.more]
    assert [(each.sentence, each.field) for each in found] == [
        ("Too small.", "room"),
        ("Too late.", None),
    ]


def test_a_rule_that_gives_nothing_lets_pass():
    refuse_if(None)


def test_what_is_not_there_is_not_found():
    assert or_not_found(0) == 0
    with pytest.raises(NotFound):
        or_not_found(None)


def test_bad_input_tells_every_problem_at_once():
    bad = BadInput("a.yaml:sites: missing", "a.yaml:staff[0].key: empty")
    assert bad.problems == ("a.yaml:sites: missing", "a.yaml:staff[0].key: empty")
    assert str(bad) == "a.yaml:sites: missing\na.yaml:staff[0].key: empty"


def test_the_three_ways_to_say_no_are_told_apart():
    assert not issubclass(NotFound, Refused)
    assert not issubclass(BadInput, Refused)
