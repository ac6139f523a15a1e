import pytest
from hypothesis import given
from hypothesis import strategies as st

from showctl.codec import framing


def feed(*chunks):
    buffer = bytearray()
    lines = [line for chunk in chunks for line in framing.split(buffer, chunk)]
    return lines, bytes(buffer)


@pytest.mark.parametrize(("chunks", "lines", "rest"), [
    ([b"DOWN\n"], [b"DOWN"], b""),
    ([b"DO", b"WN\r\nUP\r", b"\n"], [b"DOWN", b"UP"], b""),
    ([b"\n\r\n\nA\nB"], [b"A"], b"B"),
    ([b""], [], b""),
])
def test_lines(chunks, lines, rest):
    assert feed(*chunks) == (lines, rest)


@given(st.lists(st.binary(max_size=40), max_size=30))
def test_the_cuts_between_reads_do_not_matter(chunks):
    assert feed(*chunks) == feed(b"".join(chunks))


def test_the_tail_of_an_endless_line_is_no_word():
    """Garbage and then "DOWN" is one bad line, not a press."""
    lines, rest = feed(*[b"x" * 1000] * 50, b"DOWN\n", b"UP\n")
    assert [len(line) > framing.LINE_LIMIT for line in lines] == [True, False]
    assert lines[1] == b"UP"
    assert rest == b""
    with pytest.raises(ValueError, match="4096"):
        framing.readings("word", lines[0])


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r\r\n"])
def test_an_endless_line_does_not_shrink_to_a_word(end):
    lines, _ = feed(b"x" * 5000, end)
    assert [len(line) > framing.LINE_LIMIT for line in lines] == [True]


def test_what_waits_is_bounded():
    buffer = bytearray()
    for _ in range(100):
        framing.split(buffer, b"\r" * 4096)
        assert len(buffer) <= framing.LINE_LIMIT + 2


def test_the_longest_line_is_a_line():
    (line,), _ = feed(b"a" * framing.LINE_LIMIT + b"\r\n")
    assert framing.readings("word", line) == [("", "a" * framing.LINE_LIMIT)]


@pytest.mark.parametrize(("kind", "line", "columns", "found"), [
    ("word", b" DOWN ", (), [("", "DOWN")]),
    ("key=value", b"seat=1\ttemp=21.5", (), [("seat", "1"), ("temp", "21.5")]),
    ("key=value", b"a=b=c d=", (), [("a", "b=c"), ("d", "")]),
    ("csv", b'12, 0.61,"a,b"', (), [("1", "12"), ("2", "0.61"), ("3", "a,b")]),
    ("csv", b"12,0.61", ("door", "seat"), [("door", "12"), ("seat", "0.61")]),
    ("json", b'{"seat": 1}', (), [("", '{"seat": 1}')]),
    ("word", "Tür".encode(), (), [("", "Tür")]),
])
def test_readings(kind, line, columns, found):
    assert framing.readings(kind, line, columns) == found


@pytest.mark.parametrize(("kind", "line", "columns", "words"), [
    ("word", b"\xff\xfe", (), "UTF-8"),
    ("word", b"\x1b[2J", (), "control characters"),
    ("word", b"a\x00b", (), "control characters"),
    ("key=value", b"DOWN", (), "'DOWN' is not key=value"),
    ("key=value", b"=1", (), "is not key=value"),
    ("key=value", b"a=1 " * 65, (), "65 readings"),
    ("csv", b"1,2,3", ("a", "b"), "3 columns instead of 2"),
    ("csv", b'"open', (), "not a line of CSV"),
    ("json", b"DOWN", (), "not a JSON"),
])
def test_garbage_says_what_is_wrong(kind, line, columns, words):
    with pytest.raises(ValueError, match=words):
        framing.readings(kind, line, columns)


@given(st.sampled_from(framing.KINDS), st.binary(max_size=200))
def test_any_line_is_read_or_refused(kind, line):
    try:
        found = framing.readings(kind, line)
    except ValueError:
        return
    assert all(text.isprintable() for pair in found for text in pair)
