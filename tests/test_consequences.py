from clinic.consequences import Change, Consequences, Part

STAYS = Change("Room", "Maple", "Maple")


def test_a_change_may_be_none():
    assert STAYS.is_same
    assert not STAYS._replace(after="Oak").is_same


def test_the_digest_is_of_all_that_is_shown():
    one = Consequences((Part("Groups", changes=(STAYS,)),), ("Two leaders are away.",))
    again = Consequences((Part("Groups", changes=(STAYS,)),), ("Two leaders are away.",))
    other = again._replace(warnings=())
    moved = again._replace(parts=(Part("Groups", changes=(STAYS._replace(after="Oak"),)),))
    assert one.digest == again.digest
    assert len({one.digest, other.digest, moved.digest}) == 3
