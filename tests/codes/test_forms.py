import pytest

from clinic.codes.forms import ALL, ALONE, JoinForm


@pytest.mark.parametrize(
    ("has_group", "typed", "is_for_all", "errors"),
    [
        (True, {"reach": ALL, "link": "https://video.example.org/1"}, True, {}),
        (True, {"reach": ALONE, "link": ""}, False, {}),
        (True, {"link": ""}, False, {"reach": ["Choose one."]}),
        (
            False,
            {"reach": ALL, "link": "video"},
            False,
            {"link": ["Enter the whole link, as the meeting gives it: https://…"]},
        ),
    ],
)
def test_a_link_is_for_a_meeting_or_for_all_of_its_group(app, has_group, typed, is_for_all, errors):
    with app.test_request_context(method="POST", data=typed):
        form = JoinForm(has_group=has_group, meta={"csrf": False})
        form.validate_on_submit()
        assert (form.is_for_all, form.errors) == (is_for_all, errors)
