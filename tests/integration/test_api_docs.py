"""The examples of docs/api.md do what they say."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.commands import Ports
from tests.integration.ordering import house

pytestmark = pytest.mark.integration

PAGE = Path(__file__).parent.parent.parent / "docs/api.md"
EXAMPLE = re.compile(
    r"```http\n(?P<method>[A-Z]+) (?P<path>\S+)\n(?P<headers>(?:[^\n]+: [^\n]+\n)*)"
    r"(?:\n(?!=> )(?P<body>.*?)\n)?\n=> (?P<status>\d+)\n```",
    re.DOTALL,
)


async def test_the_examples_of_the_api_are_answered_as_they_say(
    timescale_database: str, ports: Ports
) -> None:
    text = PAGE.read_text()
    examples = list(EXAMPLE.finditer(text))
    assert len(examples) == text.count("```http")
    async with house(timescale_database, ports) as at:
        await at.call_for_help("car-1")
        for example in examples:
            told = example.groupdict()
            headers = dict(line.split(": ", 1) for line in told["headers"].splitlines())
            url = at.page.url + told["path"]
            answer = await at.api.request(
                told["method"], url, headers=headers, content=told["body"]
            )
            assert answer.status_code == int(told["status"]), (example.group(), answer.text)
