"""The nouns of fixtures: what one kind of lamp has, where that sits on its slots, and what was measured of it."""

from __future__ import annotations

from dataclasses import dataclass

from showctl.model import LEVEL_MAX


@dataclass(frozen=True, slots=True)
class Attribute:
    """One thing a fixture can do: ``intensity``, emitters and the rest in levels, ``cct`` in millikelvin."""

    name: str
    minimum: int = 0
    maximum: int = LEVEL_MAX
    default: int = 0
    highlight: int | None = None      # what a channel check shows, where the fixture's file says so
    mired: bool = False               # a ``cct`` whose levels are told and faded as a ``reciprocal`` of ``light``


@dataclass(frozen=True, slots=True)
class Emitter:
    """What one emitter was measured to be: CIE 1931 (x, y) in 10⁻⁹, ``output`` its light at full beside the others'."""

    name: str
    x: int
    y: int
    output: int


@dataclass(frozen=True, slots=True)
class Profile:
    """One kind of fixture. ``slots`` are (offset from its address, attribute, width), coarse slot first.

    ``wholes`` are (offset, zero, full) of slots that do not spread their attribute's own range (see ``Patched``),
    ``held`` are (offset, value) of slots that stay, and ``unsaid`` is what looks cannot say of it, for people.
    ``emitters`` are those that were measured: colours are mixed from them and from no others. ``colours`` is how the
    slots are told red, green and blue: as themselves, by ``hue`` (slots called hue and saturation, which are no
    attributes, and an intensity that the strongest part dims), or by ``flags`` that take them away, on slots that run
    downward.
    """

    name: str
    attributes: tuple[Attribute, ...]
    slots: tuple[tuple[int, str, int], ...]
    virtual_dimmer: bool
    wholes: tuple[tuple[int, int, int], ...] = ()
    held: tuple[tuple[int, int], ...] = ()
    unsaid: tuple[str, ...] = ()
    emitters: tuple[Emitter, ...] = ()
    colours: str = ""

    def __hash__(self) -> int:
        """By name: a profile is a key for each look that a sheet resolves."""
        return hash(self.name)

    @property
    def footprint(self) -> int:
        """How many slots of a universe the fixture takes."""
        return max([offset + width for offset, _, width in self.slots] + [offset + 1 for offset, _ in self.held])


@dataclass(frozen=True, slots=True)
class Response:
    """How the intensity of a fixture leaves: what is not dark is held to ``lowest..highest`` (0..LEVEL_MAX).

    Then it follows ``curve``: 258 levels, as ``dimming`` reads them; none is a straight line.
    """

    lowest: int = 0
    highest: int = LEVEL_MAX
    curve: tuple[int, ...] = ()
