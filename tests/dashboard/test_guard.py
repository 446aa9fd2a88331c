"""Who is let in, and what every answer forbids."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.responses import PlainTextResponse
from starlette.types import Message, Receive, Scope, Send

from dashboard.guard import MAX_BODY, Guard, content_security_policy

POLICY = content_security_policy(["'sha256-abc='"])


async def inner(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers everything that gets this far, after reading the whole body."""
    if scope["type"] == "websocket":
        await send({"type": "websocket.accept"})
        return
    more = True
    while more:
        more = (await receive()).get("more_body", False)
    await PlainTextResponse("inside")(scope, receive, send)


GUARD = Guard(inner, hosts={"127.0.0.1", "localhost", "::1"}, sockets={"/live"}, policy=POLICY)


async def ask(
    headers: dict[str, str],
    *,
    kind: str = "http",
    method: str = "GET",
    path: str = "/",
    body: tuple[bytes, ...] = (b"",),
) -> list[Message]:
    scope = {
        "type": kind,
        "method": method,
        "path": path,
        "query_string": b"",
        "headers": [(name.encode(), value.encode("latin-1")) for name, value in headers.items()],
    }
    parts = list(body)
    sent: list[Any] = []

    async def receive() -> Message:
        if kind == "websocket":
            return {"type": "websocket.connect"}
        part = parts.pop(0) if parts else b""
        return {"type": "http.request", "body": part, "more_body": bool(parts)}

    async def send(message: Message) -> None:
        sent.append(message)

    await GUARD(scope, receive, send)
    return sent


async def status(headers: dict[str, str], **options: Any) -> int:
    code: int = (await ask(headers, **options))[0]["status"]
    return code


@pytest.mark.parametrize(
    "host", ["127.0.0.1:8050", "localhost", "LOCALHOST:8050", "[::1]:8050", "127.0.0.1"]
)
async def test_our_own_names_are_let_in(host: str) -> None:
    assert await status({"host": host}) == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example", "evil.example:8050", "127.0.0.1.evil.example", "localhost@evil.example",
        "", "[::1", "10.0.0.1", "127.0.0.1@evil.example:80", "evil.example#localhost",
    ],
)  # fmt: skip
async def test_a_foreign_name_for_this_machine_is_refused(host: str) -> None:
    assert await status({"host": host}) == 403


async def test_no_host_at_all_is_refused() -> None:
    assert await status({}) == 403


@given(st.text(st.characters(max_codepoint=255), max_size=40))
async def test_no_host_header_breaks_the_guard(host: str) -> None:
    assert await status({"host": host}) in {200, 403}


@pytest.mark.parametrize(
    ("origin", "accepted"),
    [
        ("http://127.0.0.1:8050", True),
        ("http://127.0.0.1:9999", False),
        ("http://evil.example", False),
        ("null", False),
        ("http://[", False),
        (None, False),
    ],
)
async def test_only_our_own_page_opens_the_socket(origin: str | None, accepted: bool) -> None:
    headers = {"host": "127.0.0.1:8050"} | ({"origin": origin} if origin else {})
    (answer,) = await ask(headers, kind="websocket", path="/live")
    assert answer["type"] == ("websocket.accept" if accepted else "websocket.close")


async def test_a_socket_under_a_foreign_name_is_refused_even_with_its_own_origin() -> None:
    headers = {"host": "evil.example", "origin": "http://evil.example"}
    (answer,) = await ask(headers, kind="websocket", path="/live")
    assert answer["type"] == "websocket.close"


async def test_there_is_no_other_socket() -> None:
    headers = {"host": "127.0.0.1:8050", "origin": "http://127.0.0.1:8050"}
    (answer,) = await ask(headers, kind="websocket", path="/_dash-ws-callback")
    assert answer["type"] == "websocket.close"


async def test_a_post_from_another_site_is_refused() -> None:
    host = {"host": "127.0.0.1:8050"}
    assert await status(host, method="POST") == 200
    assert await status(host | {"origin": "http://127.0.0.1:8050"}, method="POST") == 200
    assert await status(host | {"origin": "http://evil.example"}, method="POST") == 403


@pytest.mark.parametrize("method", ["OPTIONS", "TRACE", "CONNECT", "NONSENSE"])
async def test_other_methods_are_refused(method: str) -> None:
    assert await status({"host": "localhost"}, method=method) == 405


@pytest.mark.parametrize("length", [str(MAX_BODY + 1), "-1", "1e3", "x", "9" * 5000])
async def test_a_body_that_says_it_is_too_large_is_refused(length: str) -> None:
    assert await status({"host": "localhost", "content-length": length}, method="POST") == 413


async def test_a_body_that_turns_out_too_large_is_refused() -> None:
    body = (b"x" * 100_000,) * 3
    assert await status({"host": "localhost"}, method="POST", body=body) == 413


@pytest.mark.parametrize("host", ["localhost", "evil.example"])
async def test_every_answer_carries_the_policy(host: str) -> None:
    start = (await ask({"host": host}))[0]
    headers = {name.decode(): value.decode() for name, value in start["headers"]}
    assert headers["content-security-policy"] == POLICY
    assert headers["x-content-type-options"] == "nosniff"


def test_the_policy_lets_nothing_in_from_elsewhere() -> None:
    rules = dict(rule.split(" ", 1) for rule in POLICY.split("; "))
    assert rules["default-src"] == "'none'"
    assert rules["script-src"] == "'self' 'sha256-abc='"
    allowed = {source for sources in rules.values() for source in sources.split()}
    assert allowed <= {
        "'self'", "'none'", "'unsafe-inline'", "'sha256-abc='", "data:", "blob:",
    }  # fmt: skip
    assert [name for name, sources in rules.items() if "unsafe" in sources] == ["style-src"]
