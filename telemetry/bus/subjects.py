"""What a subject and a pattern are: the NATS rules, so that both implementations keep the same.

A subject is words joined by dots (`live.picture`). A pattern may have `*` for one word and a last
`>` for one word or more.
"""

from __future__ import annotations

from telemetry.bus import MAX_PAYLOAD, BusError

MAX_SUBJECT = 255
"""Characters of a subject or pattern; a NATS control line holds 4096 bytes."""


def check_subject(subject: str) -> None:
    """Raises BusError if nothing can be published there."""
    if not _is_pattern(subject) or any(word in {"*", ">"} for word in subject.split(".")):
        raise BusError(f"{subject[:80]!r} is no subject: words of printable ASCII joined by dots")


def check_pattern(pattern: str) -> None:
    """Raises BusError if nobody can subscribe to it."""
    if not _is_pattern(pattern):
        raise BusError(f"{pattern[:80]!r} is no pattern: words, `*` and a last `>` joined by dots")


def check_payload(payload: bytes) -> None:
    """Raises BusError if the payload is larger than MAX_PAYLOAD."""
    if len(payload) > MAX_PAYLOAD:
        raise BusError(f"a payload of {len(payload)} bytes; the bus takes {MAX_PAYLOAD}")


def matches(pattern: str, subject: str) -> bool:
    """Whether a message on `subject` goes to those who subscribed to `pattern`."""
    wanted, words = pattern.split("."), subject.split(".")
    for index, want in enumerate(wanted):
        if want == ">":
            return len(words) > index
        if index == len(words) or want not in {"*", words[index]}:
            return False
    return len(words) == len(wanted)


def _is_pattern(pattern: str) -> bool:
    words = pattern.split(".")
    return len(pattern) <= MAX_SUBJECT and all(
        word.isascii()
        and word.isprintable()
        and " " not in word
        and (word == "*" or (word == ">" and last) or (word and not {"*", ">"} & set(word)))
        for word, last in ((word, index == len(words) - 1) for index, word in enumerate(words))
    )
