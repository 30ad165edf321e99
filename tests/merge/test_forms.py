from clinic.merge.forms import MergeForm


def merging(app, **typed):
    with app.test_request_context(method="POST", data=typed):
        made = MergeForm(meta={"csrf": False})
        said = {"name": ["Jordan", "Jordon"], "pin": ["the PIN of p-001", "no PIN"]}
        made.offer([(1, "p-001"), (2, "p-002")], said)
        made.validate()
        return made


def test_a_merge_asks_only_for_what_differs_and_says_what_is_taken_over(app):
    made = merging(app, kept="1", name="2", pin="1")
    assert made.errors == {}
    assert [field.name for field in made.asked] == ["name", "pin"]
    assert (made.kept.data, made.taken) == (1, {"name"})
    assert merging(app, kept="2", name="2", pin="1").taken == {"pin"}


def test_a_merge_wants_each_choice_to_be_one_of_the_two(app):
    made = merging(app, name="3", pin="x")
    assert made.errors == {
        "kept": ["Choose one of the two."],
        "name": ["Choose one of the two."],
        "pin": ["Choose one of the two."],
    }
