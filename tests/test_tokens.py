import re

from clinic.tokens import fingerprint, keyed, new_code, new_token, normal_code


def test_a_token_has_256_random_bits_and_fits_into_a_path():
    tokens = {new_token() for _ in range(1000)}
    assert len(tokens) == 1000
    assert [token for token in tokens if not re.fullmatch(r"[A-Za-z0-9_-]{43}", token)] == []


def test_a_code_has_60_random_bits_in_letters_that_are_told_from_one_another():
    codes = {new_code() for _ in range(1000)}
    assert len(codes) == 1000
    letters = "[0-9A-HJKMNP-TV-Z]"
    form = rf"{letters}{{4}}-{letters}{{4}}-{letters}{{4}}"
    assert [code for code in codes if not re.fullmatch(form, code)] == []
    assert len(set("".join(codes)) - {"-"}) == 32


def test_a_fingerprint_is_sha_256_of_the_token():
    assert fingerprint("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_a_keyed_digest_depends_on_secret_purpose_and_text(app):
    digest = keyed("pin", "482913")
    assert re.fullmatch(r"[0-9a-f]{64}", digest)
    assert digest == keyed("pin", "482913")
    assert digest != keyed("trail", "482913")
    assert digest != keyed("pin", "482914")

    secret = app.config["SECRET_KEY"]
    app.config["SECRET_KEY"] = "another clinic's"
    try:
        assert digest != keyed("pin", "482913")
    finally:
        app.config["SECRET_KEY"] = secret


def test_a_code_is_recognised_however_it_was_typed():
    for typed in ("7K3M-0Q1W-1DHT", "7k3m 0q1w 1dht", " 7K3MOQIWLDHT. ", "7k3m—oqlw—idht"):
        assert normal_code(typed) == "7K3M0Q1W1DHT"
    assert normal_code("") == ""
