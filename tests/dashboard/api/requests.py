"""Requests made from the API's own description: sometimes as it wants them, often not quite."""

from __future__ import annotations

import json
import random
import string
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

import httpx

RUBBISH: tuple[Any, ...] = (
    None,
    True,
    -1,
    0,
    2**70,
    1e308,
    "",
    " ",
    "\0",
    "\ud800",
    "a" * 5000,
    "../../etc",
    "' OR 1=1 --",
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-14:00",
    "مدد",
    [],
    {},
    [[[[]]]],
    {"": {"": None}},
)


class Maker:
    """Makes requests of an OpenAPI document, the same ones for the same seed."""

    def __init__(self, described: dict[str, Any], base: str, seed: int) -> None:
        self._described = described
        self._base = base
        self._chance = random.Random(seed)

    def requests(self, each: int, known: dict[str, list[str]]) -> Iterator[httpx.Request]:
        """`each` requests of every operation; `known` are values by name that there are."""
        for path, operations in self._described["paths"].items():
            for method, operation in operations.items():
                for _ in range(each):
                    yield self._request(path, method, operation, known)

    def _request(
        self, path: str, method: str, operation: dict[str, Any], known: dict[str, list[str]]
    ) -> httpx.Request:
        query: dict[str, Any] = {}
        headers: dict[str, str] = {}
        for parameter in operation.get("parameters", []):
            name, schema = parameter["name"], parameter.get("schema", {})
            if not parameter.get("required") and self._chance.random() < 0.5:
                continue
            value = self._value(schema)
            if name in known and self._chance.random() < 0.6:
                value = self._chance.choice(known[name])
            text = _text(value)
            if parameter["in"] == "path":
                path = path.replace(f"{{{name}}}", quote(text, safe="") or "x")
            elif parameter["in"] == "query":
                query[name] = text
            else:
                headers[name] = "".join(c for c in text if c.isascii() and c.isprintable()).strip()
        content = b""
        for media, told in operation.get("requestBody", {}).get("content", {}).items():
            headers["content-type"] = media
            value = self._value(told["schema"])
            if isinstance(value, dict) and "alerts" in value and self._chance.random() < 0.7:
                value["alerts"] = self._chance.sample(known["key"], 1)
            content = json.dumps(value).encode()
            if self._chance.random() < 0.1:
                content = self._chance.randbytes(self._chance.randrange(200))
        return httpx.Request(
            method.upper(), f"{self._base}{path}", params=query, headers=headers, content=content
        )

    def _value(self, schema: dict[str, Any]) -> Any:
        if self._chance.random() < 0.12:
            return self._chance.choice(RUBBISH)
        if "$ref" in schema:
            at: Any = self._described
            for step in schema["$ref"].removeprefix("#/").split("/"):
                at = at[step]
            return self._value(at)
        for name in ("anyOf", "oneOf"):
            if name in schema:
                return self._value(self._chance.choice(schema[name]))
        if "enum" in schema:
            return self._chance.choice(schema["enum"])
        return self._plain(schema)

    def _plain(self, schema: dict[str, Any]) -> Any:
        chance = self._chance
        made: dict[str, Callable[[], Any]] = {
            "object": lambda: {
                name: self._value(each)
                for name, each in schema.get("properties", {}).items()
                if name in schema.get("required", ()) or chance.random() < 0.6
            },
            "array": lambda: (
                [self._value(each) for each in schema["prefixItems"]]
                if "prefixItems" in schema
                else [self._value(schema.get("items", {})) for _ in range(chance.randrange(3))]
            ),
            "integer": lambda: chance.randint(0, 4),
            "number": lambda: chance.uniform(-200, 200),
            "boolean": lambda: chance.random() < 0.5,
            "string": lambda: "".join(chance.choices(string.ascii_letters, k=8)),
            "date-time": lambda: f"2026-{chance.randint(1, 12):02}-03T04:05:06Z",
        }
        kind = "date-time" if schema.get("format") == "date-time" else schema.get("type", "")
        return made[kind]() if kind in made else chance.choice(RUBBISH)


def _text(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    return text.encode("utf-8", "replace").decode()
