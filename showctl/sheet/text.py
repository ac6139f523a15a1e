"""YAML text → plain data and the place of every piece of it, from the parser's events (CORE 12).

The meaning is YAML 1.2's: only ``true``, ``false`` and ``null`` are words; ``on``, ``yes``, ``12:30``, ``010`` and all
numbers stay the text that was written, since ``0.10`` is an address to us, not a tenth. Refused: anchors and aliases,
tags, merge keys, a second document, a key said twice, more than ``DEPTH_MAX`` levels, ``NODES_MAX`` pieces or
``BYTES_MAX`` bytes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml

from showctl.errors import Problem, SheetError

BYTES_MAX = 4_000_000
NODES_MAX = 500_000
DEPTH_MAX = 64
KEY_MAX = 200
SCALAR_MAX = 20_000
DUPLICATES_MAX = 100

WORDS: dict[str, bool | None] = {
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
    "null": None, "Null": None, "NULL": None, "~": None, "": None,
}  # fmt: skip

_UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

Mark = int
"""source << 48 | line << 24 | column, both from 0: one integer, since a long sheet has 300,000 of them."""


def mark(source: int, line: int, column: int) -> Mark:
    """Pack a position of file number ``source``."""
    return source << 48 | line << 24 | column


def unpack(packed: Mark) -> tuple[int, int, int]:
    """(source, line, column), all from 0."""
    return packed >> 48, packed >> 24 & 0xFF_FFFF, packed & 0xFF_FFFF


class Place:
    """Where a map or list stands, and where its pieces do: by key for a map, by number for a list."""

    __slots__ = ("mark", "pieces")

    def __init__(self, packed: Mark) -> None:
        self.mark = packed
        self.pieces: dict[str | int, tuple[Mark, Place | Mark]] = {}  # key → (mark of the key, the value's place)


@dataclass(frozen=True, slots=True)
class Tree:
    """What a text says: maps, lists, text, True, False and None; and where."""

    data: Any
    place: Place | Mark


class _Refused(Exception):
    """The text cannot be read on from here."""

    def __init__(self, at: Any, message: str) -> None:
        super().__init__(message)
        self.line, self.column, self.message = at.line, at.column, message


def decode(content: bytes, file: str) -> str:
    """The bytes of a file as text. Raises SheetError where they are not UTF-8 or more than ``BYTES_MAX``."""
    if len(content) > BYTES_MAX:
        raise SheetError(
            (Problem(file, 1, 1, f"a sheet is at most {BYTES_MAX // 1_000_000} MB; this is no cue sheet"),)
        )
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start]
        line, column = before.count(b"\n") + 1, error.start - (before.rfind(b"\n") + 1) + 1
        message = "this is not UTF-8 text; save the file as UTF-8"
        raise SheetError((Problem(file, line, column, message),)) from None


def parse(text: str, file: str, source: int = 0) -> tuple[Tree | None, list[Problem]]:
    """Read one document; ``source`` is the number that its marks carry. No tree where the text cannot be read."""
    text = text.removeprefix("\ufeff")
    if len(text) > BYTES_MAX:
        return None, [Problem(file, 1, 1, f"a sheet is at most {BYTES_MAX // 1_000_000} MB; this is no cue sheet")]
    if (bad := _UNPRINTABLE.search(text)) is not None:
        line, column = text.count("\n", 0, bad.start()), bad.start() - (text.rfind("\n", 0, bad.start()) + 1)
        code = f"U+{ord(bad[0]):04X}"
        return None, [
            Problem(file, line + 1, column + 1, f"the character {code} does not belong in a text; is this a cue sheet?")
        ]
    builder = _Builder(file, source)
    try:
        builder.read(iter(yaml.CSafeLoader(text).get_event, None))
    except _Refused as refused:
        builder.problem(refused, refused.message)
        return None, builder.problems
    except yaml.MarkedYAMLError as error:
        builder.problem(*_parser_problem(error))
        return None, builder.problems
    except yaml.YAMLError as error:
        return None, [*builder.problems, Problem(file, 1, 1, f"this is not YAML: {' '.join(str(error).split())[:200]}")]
    return builder.tree or Tree(None, mark(source, 0, 0)), builder.problems


def _parser_problem(error: yaml.MarkedYAMLError) -> tuple[Any, str]:
    """Where and what. A bracket left open is shown where it opens: the parser notices only lines later."""
    at, said = error.problem_mark or error.context_mark, error.problem or "it breaks off"
    flow = error.context in ("while parsing a flow sequence", "while parsing a flow mapping")
    if flow and at is not None and error.context_mark is not None:
        return error.context_mark, (
            f"this bracket is not closed where line {at.line + 1} begins anew; "
            "a # after a space starts a comment, so colours such as '#ff8800' need quotes"
        )
    return at, f"this is not YAML: {said}{_yaml_hint(said)}"


def _yaml_hint(said: str) -> str:
    if "cannot start any token" in said:
        return "; indent with spaces, and put text that begins with % @ ` or a tab in quotes"
    if "expected node content" in said:
        return "; is a bracket left open?"
    if "mapping values are not allowed" in said:
        return "; text with ': ' in it needs quotes"
    return ""


class _Builder:
    """Our own stack over the parser's events: no recursion, so depth cannot hurt."""

    def __init__(self, file: str, source: int) -> None:
        self.file = file
        self.source = source << 48
        self.problems: list[Problem] = []
        self.tree: Tree | None = None
        self._documents = 0
        self._data: Any = None  # the map or list being filled, and where it stands
        self._place = Place(0)
        self._key: str | None = None  # in a map: the key whose value comes next
        self._key_mark: Mark = 0
        self._stack: list[tuple[Any, Place]] = []  # those around it

    def problem(self, at: Any, message: str) -> None:
        line, column = (at.line, at.column) if at is not None else (0, 0)
        self.problems.append(Problem(self.file, line + 1, column + 1, message))

    def read(self, events: Iterator[Any]) -> None:
        for nodes, event in enumerate(events):
            kind = type(event)
            if kind is yaml.ScalarEvent:
                self._scalar(event)
            elif kind is yaml.MappingStartEvent or kind is yaml.SequenceStartEvent:
                self._open(event, {} if kind is yaml.MappingStartEvent else [])
            elif kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
                self._data, self._place = self._stack.pop()
                self._key = None
            elif kind is yaml.AliasEvent:
                raise _Refused(
                    event.start_mark, "'*' repeats another part of the file; write it out, or quote the text"
                )
            elif kind is yaml.DocumentStartEvent:
                self._documents += 1
                if self._documents > 1:
                    raise _Refused(
                        event.start_mark, "a second document begins here; one file is one sheet, so take '---' out"
                    )
            if nodes > NODES_MAX:
                raise _Refused(event.start_mark, f"more than {NODES_MAX:,} pieces; this is no cue sheet")

    def _scalar(self, event: Any) -> None:
        at = event.start_mark
        packed = self.source | at.line << 24 | at.column
        value = event.value
        if event.anchor is not None or event.tag is not None:
            self._dressed(event)
        if self._key is None and type(self._data) is dict:
            self._named(value, packed, at)
            return
        if len(value) > SCALAR_MAX:
            raise _Refused(at, f"this text is longer than {SCALAR_MAX:,} characters")
        if value in WORDS and event.implicit[0]:
            value = WORDS[value]
        self._put(value, packed)

    def _named(self, value: str, packed: Mark, at: Any) -> None:
        if value == "<<":
            raise _Refused(at, "merge keys are not known here; write the lines out")
        if len(value) > KEY_MAX:
            raise _Refused(at, f"a name is at most {KEY_MAX} characters long")
        if value in self._place.pieces:
            line = unpack(self._place.pieces[value][0])[1] + 1
            self.problem(at, f"'{value}' stands here twice; the first is in line {line}")
            if len(self.problems) > DUPLICATES_MAX:
                raise _Refused(at, "too many names stand twice; reading stops here")
        self._key, self._key_mark = value, packed

    def _put(self, value: Any, place: Place | Mark) -> None:
        data = self._data
        if data is None:
            self.tree = Tree(value, place)
        elif type(data) is dict:
            key = self._key
            assert key is not None
            data[key] = value
            self._place.pieces[key] = (self._key_mark, place)
            self._key = None
        else:
            packed = place.mark if isinstance(place, Place) else place
            self._place.pieces[len(data)] = (packed, place)
            data.append(value)

    def _open(self, event: Any, data: dict[str, Any] | list[Any]) -> None:
        at = event.start_mark
        if event.anchor is not None or event.tag is not None:
            self._dressed(event)
        if len(self._stack) >= DEPTH_MAX:
            raise _Refused(at, f"brackets or indents are more than {DEPTH_MAX} deep")
        if self._key is None and type(self._data) is dict:
            raise _Refused(at, "a name has to be text, not a map or a list")
        place = Place(self.source | at.line << 24 | at.column)
        self._put(data, place)
        self._stack.append((self._data, self._place))
        self._data, self._place, self._key = data, place, None

    def _dressed(self, event: Any) -> None:
        if event.anchor is not None:
            raise _Refused(
                event.start_mark, f"'&{event.anchor}' names a part for repeating; write it out, or quote the text"
            )
        raise _Refused(
            event.start_mark,
            f"tags such as '{event.tag[:40]}' are not known here; quote the text if it begins with '!'",
        )
