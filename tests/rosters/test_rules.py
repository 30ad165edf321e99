from clinic.consequences import Change, Consequences, Part
from clinic.rosters.rules import by_person


def test_what_an_act_leads_to_for_several_people_is_a_part_for_each():
    more, week = Part("2 sessions more"), Change("This week", 3, 6)
    jo = Consequences((Part("Groups", lists=(more,)), Part("Hours", weeks=(week,))), ("Too few.",))
    kit = Consequences((Part("Groups", ("Nothing changes.",)),))
    assert by_person([("Jo", jo), ("Kit", kit)]) == Consequences(
        (Part("Jo", lists=(more,), weeks=(week,)), Part("Kit", ("Nothing changes.",))),
        ("Jo: Too few.",),
    )


def test_two_of_the_same_name_have_a_part_each():
    one, other = (Consequences((Part("Groups", (words,)),)) for words in ("One.", "Two."))
    found = by_person([("Maria Garcia", one), ("Maria Garcia", other)])
    assert [part.sentences for part in found.parts] == [("One.",), ("Two.",)]
