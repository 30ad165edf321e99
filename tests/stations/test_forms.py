import json

import pytest

from clinic.errors import BadInput
from clinic.stations.forms import Asked, asked


def test_what_is_not_said_is_empty():
    assert asked(b"{}") == Asked("", "", "", "", 0)
    assert asked(json.dumps({"q": "jo", "person": 7, "other": 1}).encode()) == Asked(
        "", "", "jo", "", 7
    )


@pytest.mark.parametrize(
    "sent",
    ["", "[", [], {"pin": 7}, {"q": 201 * "a"}, {"q": "a\0"}, {"person": True}, {"person": "7"},
     {"person": -1}, {"person": 2**31}],
)  # fmt: skip
def test_what_is_nothing_of_the_kind_is_bad_input(sent):
    with pytest.raises(BadInput):
        asked(sent.encode() if isinstance(sent, str) else json.dumps(sent).encode())
