from clinic.consequences import Change, Consequences, Part
from clinic.rosters.rules import by_person


def test_what_an_act_leads_to_for_several_people_is_a_part_for_each():
    more, week = Part("2 sessions more"), Change("This week", 3, 6)
    jo = Consequences((Part("Groups", lists=(more,)), Part("Hours", weeks=(week,))), ("Too few.",))
    kit = Consequences((Part("Groups", ("Nothing changes.",)),))
    assert by_person({"Jo": jo, "Kit": kit}) == Consequences(
        (Part("Jo", lists=(more,), weeks=(week,)), Part("Kit", ("Nothing changes.",))),
        ("Jo: Too few.",),
    )
