import json

import pytest

from clinic.errors import BadInput
from clinic.pairing.forms import code_of


def test_the_code_that_a_tablet_sends_is_read():
    assert code_of(b'{"code": "7K3M-9QXW"}') == "7K3M-9QXW"


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"{", b"[]", b"{}", b'{"code": 7}', b'{"code": null}', b"\xff", b"[" * 100_000),
        json.dumps({"code": 41 * "A"}).encode(),
    ],
)
def test_anything_else_is_bad_input(body):
    with pytest.raises(BadInput):
        code_of(body)
