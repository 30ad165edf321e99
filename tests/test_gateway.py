import asyncio
import threading
from types import SimpleNamespace

import pytest
from flask import Flask, request
from granian.rsgi import ProtocolClosed

from clinic import gateway
from clinic.gateway import Gateway, environ_of


class Headers(list):
    def items(self):
        return self


def scope_of(method="GET", path="/", *headers, **facts):
    named = [("host", "clinic.example"), *headers]
    return SimpleNamespace(
        **{
            "http_version": "1.1",
            "server": "127.0.0.1:8000",
            "client": "203.0.113.7:5000",
            "scheme": "http",
            "method": method,
            "path": path,
            "query_string": "",
            "headers": Headers(named),
            **facts,
        }
    )


class Wire:
    """A connection: what comes in, each piece after a while, and what went out."""

    def __init__(self, *pieces, every=0.0, then=None):
        self.pieces, self.every, self.then = pieces, every, then
        self.answers = []

    async def __aiter__(self):
        for piece in self.pieces:
            await asyncio.sleep(self.every)
            yield piece
        if self.then:
            raise self.then

    def response_bytes(self, status, headers, content):
        self.answers.append((status, dict(headers), content))

    def response_empty(self, status, headers):
        self.answers.append((status, dict(headers), b""))


app = Flask(__name__)
app.config["MAX_CONTENT_LENGTH"] = 1000


@app.route("/", methods=["GET", "POST"])
def echo():
    return {
        "form": request.form,
        "address": request.remote_addr,
        "url": request.url,
        "thread": threading.current_thread().name,
    }


@app.get("/caf\u00e9 au lait")
def cafe():
    return "one coffee"


def ask(scope, wire, **facts):
    served = Gateway(app, threads=1, **facts)
    asyncio.run(served.__rsgi__(scope, wire))
    served.threads.shutdown()
    return wire.answers


FORM = ("content-type", "application/x-www-form-urlencoded")


def posted(*headers):
    return scope_of("POST", "/", FORM, *headers)


def test_a_request_and_its_answer_pass():
    scope = posted(("content-length", "9"))
    ((status, headers, content),) = ask(scope, Wire(b"name=", b"J%6F"))
    assert (status, headers["Content-Type"]) == (200, "application/json")
    assert b'"form":{"name":"Jo"}' in content
    assert b'"address":"203.0.113.7"' in content
    assert b'"url":"http://clinic.example/"' in content
    assert b"MainThread" not in content


def test_a_body_whose_size_nobody_promised_passes():
    scope = posted(("transfer-encoding", "chunked"))
    ((status, _, content),) = ask(scope, Wire(b"a=1", b"&b=2"))
    assert (status, b'"form":{"a":"1","b":"2"}' in content) == (200, True)


def test_an_answer_without_a_body_keeps_the_size_that_it_would_have():
    ((status, headers, content),) = ask(scope_of("HEAD", "/caf\u00e9 au lait"), Wire())
    assert (status, headers["Content-Length"], content) == (200, "10", b"")


def test_a_slow_body_gets_no_thread_and_an_end():
    wire = Wire(*[b"x"] * 100, every=0.05)
    ((status, headers, _),) = ask(posted(("content-length", "100")), wire, patience=0.1)
    assert (status, headers) == (408, {"connection": "close"})


def test_a_large_body_has_more_time(monkeypatch):
    monkeypatch.setattr(gateway, "SLOWEST", 10)
    wire = Wire(b"a=" + b"x" * 90, *[b"x" * 90] * 3, every=0.4)
    ((status, _, _),) = ask(posted(("content-length", "362")), wire, patience=1.0)
    assert status == 200


@pytest.mark.parametrize("size", ["1001", "99999999999"])
def test_of_a_body_that_is_too_large_the_application_says_so(size):
    ((status, _, _),) = ask(posted(("content-length", size)), Wire(b"x" * 1001))
    assert status == 413


def test_a_body_without_an_end_is_not_kept(monkeypatch):
    monkeypatch.setattr(gateway, "LARGEST", 2000)
    wire = Wire(*[b"x" * 999] * 1000, then=AssertionError("nobody reads on"))
    ((status, _, _),) = ask(posted(("transfer-encoding", "chunked")), wire)
    assert status == 413


def test_to_whoever_is_gone_nothing_is_sent():
    wire = Wire(b"a=", then=ProtocolClosed())
    assert ask(posted(("content-length", "9")), wire) == []


def test_a_size_that_is_none_is_no_size():
    ((status, _, _),) = ask(posted(("content-length", "-1")), Wire())
    assert status == 200


def test_a_request_is_called_what_wsgi_calls_it():
    environ = environ_of(
        scope_of(
            "GET",
            "/caf\u00e9",
            ("cookie", "a=1"),
            ("cookie", "b=2"),
            ("x-one", "1"),
            ("x-one", "2"),
            server="[::1]:80",
            client="[2001:db8::1]:5000",
            query_string="q=%20",
        )
    )
    assert {key: environ[key] for key in sorted(environ) if key.isupper()} == {
        "HTTP_COOKIE": "a=1; b=2",
        "HTTP_HOST": "clinic.example",
        "HTTP_X_ONE": "1,2",
        "PATH_INFO": "/caf\u00c3\u00a9",
        "QUERY_STRING": "q=%20",
        "REMOTE_ADDR": "2001:db8::1",
        "REQUEST_METHOD": "GET",
        "SCRIPT_NAME": "",
        "SERVER_NAME": "::1",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
    }


def test_a_header_that_is_written_like_another_one_is_left_out():
    environ = environ_of(scope_of("GET", "/", ("x_forwarded_for", "203.0.113.9")))
    assert "HTTP_X_FORWARDED_FOR" not in environ
