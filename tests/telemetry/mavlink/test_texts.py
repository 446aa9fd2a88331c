from hypothesis import given
from hypothesis import strategies as st

from telemetry.mavlink.texts import GAP, PENDING_LIMIT, PIECE_BYTES, PIECE_WAIT, TextJoiner

LONG = b"PreArm: Internal errors 0x800 l:372 flow_of_ctrl and compass not healthy"
TEXTS = st.text(st.characters(min_codepoint=1, exclude_categories=["Cs"]), max_size=300)


def pieces(text: bytes) -> list[bytes]:
    """Cut as the specification says: the last is shorter than 50 bytes, maybe empty."""
    return [text[at : at + PIECE_BYTES] for at in range(0, len(text) + 1, PIECE_BYTES)]


def add(joiner: TextJoiner, text: bytes, text_id: int, piece: int, now: float = 0) -> list[str]:
    return [whole.text for whole in joiner.add((1, 1), 5, 4, text, text_id, piece, now)]


@given(TEXTS, st.randoms(use_true_random=False))
def test_a_text_is_joined_in_whatever_order_its_pieces_come(text: str, random: object) -> None:
    joiner = TextJoiner()
    numbered = list(enumerate(pieces(text.encode())))
    random.shuffle(numbered)  # type: ignore[attr-defined]  # hypothesis gives a random.Random
    out = [whole for number, piece in numbered for whole in add(joiner, piece, 9, number)]
    assert out == [text]
    assert joiner.overdue(1e9) == []


def test_a_text_without_id_is_whole_even_at_fifty_bytes() -> None:
    assert add(TextJoiner(), b"x" * 50, 0, 0) == ["x" * 50]


def test_when_and_how_severe_is_what_the_first_piece_says() -> None:
    joiner = TextJoiner()
    joiner.add((7, 1), 100, 2, LONG[:50], 1, 0, 0)
    (whole,) = joiner.add((7, 1), 200, 2, LONG[50:], 1, 1, 0)
    assert (whole.system, whole.received, whole.severity) == (7, 100, 2)


def test_a_text_with_missing_pieces_is_given_out_after_a_while_with_the_gap_shown() -> None:
    joiner = TextJoiner()
    add(joiner, b"c" * 10, 3, 2, now=10)
    assert joiner.overdue(10 + PIECE_WAIT - 0.01) == []
    assert [whole.text for whole in joiner.overdue(10 + PIECE_WAIT)] == [GAP + "c" * 10]
    add(joiner, b"a" * 50, 4, 0, now=20)
    assert [whole.text for whole in joiner.overdue(30)] == ["a" * 50 + GAP]
    assert joiner.overdue(40) == []


def test_texts_of_two_vehicles_with_one_id_do_not_mix() -> None:
    joiner = TextJoiner()
    for system in (1, 2):
        assert joiner.add((system, 1), 0, 6, b"%d" % system * 50, 5, 0, 0) == []
    for system in (1, 2):
        (whole,) = joiner.add((system, 1), 0, 6, b"!", 5, 1, 0)
        assert whole.text == f"{system}" * 50 + "!"


def test_what_waits_is_bounded_and_the_oldest_is_given_out() -> None:
    joiner = TextJoiner()
    for number in range(1, PENDING_LIMIT + 1):
        assert add(joiner, b"%02d" % (number % 100) * 25, number, 0, now=number) == []
    assert add(joiner, b"z" * 50, PENDING_LIMIT + 1, 0, now=1000) == ["01" * 25 + GAP]


@given(st.binary(max_size=50))
def test_a_text_never_holds_a_zero_and_never_fails(text: bytes) -> None:
    (out,) = add(TextJoiner(), text, 0, 0)
    assert "\0" not in out
