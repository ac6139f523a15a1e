"""Serial lines: bytes → lines → readings. One line is one message; four ways to read it.

    word        DOWN                     ("", "DOWN")
    key=value   seat=1 temp=21.5         ("seat", "1"), ("temp", "21.5")
    csv         12,0.61,open             ("1", "12"), ("2", "0.61"), ("3", "open"), or by the columns' names
    json        {"seat": 1}              ("", the text as it came; a condition reads into it)
"""

from __future__ import annotations

import csv
from collections.abc import Sequence

KINDS = ("word", "key=value", "csv", "json")
LINE_LIMIT = 4096          # bytes; a longer line is no line of a sensor
READINGS_LIMIT = 64        # readings of one line


def split(buffer: bytearray, data: bytes) -> list[bytes]:
    """Add ``data`` to ``buffer`` and take off every whole line, without its ``\\r\\n``; no empty ones.

    Of a line over ``LINE_LIMIT`` bytes only the beginning is kept, so that it comes back once, at its end,
    still too long: :func:`readings` refuses it, and its tail is never taken for a line of its own.
    """
    buffer += data
    lines = buffer.split(b"\n")
    buffer[:] = lines.pop()[: LINE_LIMIT + 2]
    whole = (bytes(line[: LINE_LIMIT + 2].removesuffix(b"\r")) for line in lines)
    return [line for line in whole if line]


def readings(kind: str, line: bytes, columns: Sequence[str] = ()) -> list[tuple[str, str]]:
    """One line as (address, text) pairs; ``kind`` is one of ``KINDS``, ``columns`` names the columns of CSV.

    Raises ValueError that says what is wrong with the line.
    """
    if len(line) > LINE_LIMIT:
        raise ValueError(f"a line over {LINE_LIMIT} bytes")
    try:
        text = line.decode("utf-8").replace("\t", " ").strip()
    except UnicodeDecodeError:
        raise ValueError("a line that is not UTF-8 text; check the baud rate") from None
    if not text.isprintable():
        raise ValueError("a line with control characters; check the baud rate")
    found = _READERS[kind](text, columns)
    if len(found) > READINGS_LIMIT:
        raise ValueError(f"a line with {len(found)} readings; at most {READINGS_LIMIT}")
    return found


def _whole(text: str, _columns: Sequence[str]) -> list[tuple[str, str]]:
    return [("", text)]


def _key_value(text: str, _columns: Sequence[str]) -> list[tuple[str, str]]:
    found = []
    for word in text.split():
        key, equals, value = word.partition("=")
        if not key or not equals:
            raise ValueError(f"'{word[:40]}' is not key=value")
        found.append((key, value))
    return found


def _csv(text: str, columns: Sequence[str]) -> list[tuple[str, str]]:
    try:
        cells = next(csv.reader([text], strict=True, skipinitialspace=True))
    except (csv.Error, StopIteration):
        raise ValueError("not a line of CSV") from None
    if columns and len(cells) != len(columns):
        raise ValueError(f"{len(cells)} columns instead of {len(columns)}")
    names = columns or [str(number) for number in range(1, len(cells) + 1)]
    return [(name, cell.strip()) for name, cell in zip(names, cells, strict=True)]


def _json(text: str, _columns: Sequence[str]) -> list[tuple[str, str]]:
    if text[:1] not in ("{", "["):
        raise ValueError("not a JSON object or array")
    return [("", text)]


_READERS = {"word": _whole, "key=value": _key_value, "csv": _csv, "json": _json}
