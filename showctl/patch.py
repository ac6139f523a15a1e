"""The patch as flat tables: which parameter ends in which slots, and how a level becomes bytes.

An *outlet* is one thing a frame goes to: a universe or a fader, numbered universes first, in sheet order. All
universes lie in one run of bytes, 512 each; a wire's place counts from its start.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from showctl.dimming import HUE, MIRED, PLAIN, SATURATION, STRONGEST, TAKEN, Bend, limited
from showctl.lamps import Response
from showctl.model import LEVEL_MAX, CueSheet, FaderPatch, Parameter, Patched

SLOTS = 512
TURNS = {"hue": HUE, "saturation": SATURATION, "strongest": STRONGEST}

Wire = tuple[int, int, int, int, int, int]
"""One parameter on one to three slots: place, width, parameter, dimmed_by (−1: by nothing), minimum and span (0: the
level is 24 bits as it is; below 0: the slots run downward). A plain tuple, for unpacking one is the inmost loop of the
renderer."""


@dataclass(frozen=True, slots=True)
class Patch:
    """Everything that never changes between a level and its bytes."""

    universes: tuple[tuple[str, int], ...]         # (connection, universe), those that are copied after all others
    slots_of: tuple[int, ...]                      # by universe: the outlet whose slots it sends
    faders: tuple[FaderPatch, ...]
    wires: tuple[Wire, ...]
    wires_of: tuple[tuple[Wire, ...], ...]         # by parameter, those it dims among them
    outlets_of: tuple[tuple[int, ...], ...]        # by parameter
    parameters_of: tuple[tuple[int, ...], ...]     # by outlet
    held: tuple[tuple[int, int], ...] = ()         # (place, value): written once, before everything
    bends: tuple[Bend, ...] = ()                   # wires that ``dimming`` writes
    bends_of: Mapping[int, tuple[Bend, ...]] = field(default_factory=dict)    # by parameter
    responses: Mapping[int, Response] = field(default_factory=dict)     # of the intensities that have one

    def limited(self, parameters: Sequence[int], levels: list[int]) -> list[int]:
        """Levels as they leave, inside the limits of their fixtures (SEMANTICS 35)."""
        responses = self.responses
        if not responses:
            return levels
        return [limited(responses[parameter], level) if parameter in responses else level
                for parameter, level in zip(parameters, levels, strict=True)]


def compile_patch(sheet: CueSheet) -> Patch:
    """The tables of a sheet; its patch is known to be free of overlaps and to fit the universes."""
    order = {name: index for index, name in enumerate(sheet.connections)}
    places = [(each.to, each.universe) for each in sheet.patch] + [(each.to, each.universe) for each in sheet.held]
    places += [(each.to, each.universe) for each in sheet.merges.values()]
    universes = tuple(sorted(dict.fromkeys(places),
                             key=lambda place: (order.get(place[0], len(order)), place)))
    index = {place: outlet for outlet, place in enumerate(universes)}
    copies = [((each.name, universe), index[to, universe]) for each in sheet.connections.values()
              for to, universe in universes if to == each.copies]
    faders = tuple(sheet.faders.values())
    wires_of: list[list[Wire]] = [[] for _ in sheet.parameters]
    outlets_of: list[dict[int, None]] = [{} for _ in sheet.parameters]
    parameters_of: list[dict[int, None]] = [{} for _ in range(len(universes) + len(copies) + len(faders))]
    wires = []
    bends: list[Bend] = []
    for each in sheet.patch:
        outlet = index[each.to, each.universe]
        wire = _wire(each, outlet, sheet.parameters[each.parameter])
        bend = _bend(each, wire, sheet.parameters)
        if bend is not None:
            bends.append(bend)
        else:
            wires.append(wire)
        dimmed_by = -1 if each.dimmed_by is None else each.dimmed_by
        for parameter in dict.fromkeys((each.parameter, dimmed_by, *_colours(each))):
            if parameter >= 0:
                if bend is None:
                    wires_of[parameter].append(wire)
                outlets_of[parameter][outlet] = None
                parameters_of[outlet][parameter] = None
    for outlet, (_, original) in enumerate(copies, len(universes)):
        parameters_of[outlet] = parameters_of[original]
        for parameter in parameters_of[original]:
            outlets_of[parameter][outlet] = None
    for outlet, fader in enumerate(faders, len(universes) + len(copies)):
        outlets_of[fader.parameter][outlet] = None
        parameters_of[outlet][fader.parameter] = None
    responses = {each.index: each.response for each in sheet.parameters if each.response is not None}
    held = tuple((index[each.to, each.universe] * SLOTS + each.slot - 1, each.value) for each in sheet.held)
    slots_of = (*range(len(universes)), *(original for _, original in copies))
    universes += tuple(place for place, _ in copies)
    return Patch(universes, slots_of, faders, tuple(wires), tuple(map(tuple, wires_of)), tuple(map(tuple, outlets_of)),
                 tuple(map(tuple, parameters_of)), held, tuple(bends), _by_parameter(bends), responses)


def put(wires: Sequence[Wire], levels: Sequence[int], slots: bytearray) -> None:
    """Write the levels of some wires into the slots: whole values, most significant byte first.

    The parameter's range is spread over 24 bits, dimmed, then cut to the wire's width: equal bins, full stays full.
    """
    for place, width, parameter, dimmed_by, minimum, span in wires:
        value = levels[parameter]
        if span:
            value = (value - minimum) * LEVEL_MAX // span
        if dimmed_by >= 0:
            value = value * levels[dimmed_by] // LEVEL_MAX
        slots[place] = value >> 16
        if width > 1:
            slots[place + 1] = value >> 8 & 0xFF
            if width > 2:
                slots[place + 2] = value & 0xFF


def position(fader: FaderPatch, level: int) -> int:
    """The fader's nearest step to a level of 0..LEVEL_MAX, but never a step above its ceiling (SEMANTICS 32)."""
    nearest = (2 * level * fader.steps + LEVEL_MAX) // (2 * LEVEL_MAX)
    return min(nearest, fader.ceiling * fader.steps // LEVEL_MAX)


def _wire(each: Patched, outlet: int, parameter: Parameter) -> Wire:
    zero, full = each.whole or (parameter.minimum, parameter.maximum)
    span = 0 if (zero, full) == (0, LEVEL_MAX) else full - zero or 1
    dimmed_by = -1 if each.dimmed_by is None else each.dimmed_by
    place = outlet * SLOTS + each.slot - 1
    return place, each.width, each.parameter, dimmed_by, zero, span


def _bend(each: Patched, wire: Wire, parameters: Sequence[Parameter]) -> Bend | None:
    """The wire with the response of its intensity and how it comes by its value; None where it is plain."""
    response = parameters[each.parameter if each.dimmed_by is None else each.dimmed_by].response
    how = _how(each, wire, parameters[each.parameter])
    if response is None:
        return (*wire, how, 0, LEVEL_MAX, (), _colours(each)) if how != PLAIN else None
    return (*wire, how, response.lowest, response.highest, response.curve, _colours(each))


def _how(each: Patched, wire: Wire, parameter: Parameter) -> int:
    if each.wheel is not None:
        return TURNS[each.wheel.tells]
    if parameter.mired:
        return MIRED
    return TAKEN if each.dimmed_by is not None and wire[5] < 0 else PLAIN


def _colours(each: Patched) -> tuple[int, ...]:
    """The parameters that the slots are worked out of beside their own."""
    wheel = each.wheel
    return () if wheel is None else (wheel.red, wheel.green, wheel.blue)


def _by_parameter(bends: Sequence[Bend]) -> Mapping[int, tuple[Bend, ...]]:
    found: dict[int, list[Bend]] = {}
    for bend in bends:
        for parameter in dict.fromkeys((*bend[2:4], *bend[10])):
            if parameter >= 0:
                found.setdefault(parameter, []).append(bend)
    return {parameter: tuple(those) for parameter, those in found.items()}
