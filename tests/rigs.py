"""Small rigs for the renderer's tests, built without a sheet's text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from showctl import profiles
from showctl.lamps import Response
from showctl.light import reciprocal, reciprocals
from showctl.model import (
    LEVEL_MAX,
    Action,
    Connection,
    CueSheet,
    DmxFrame,
    FaderPatch,
    Frame,
    Parameter,
    Patched,
)
from showctl.render import Renderer

MS = 1_000_000


def rig(
    fixtures: Sequence[tuple[str, int, int]],
    faders: Sequence[FaderPatch] = (),
    submasters: dict[int, tuple[str, ...]] | None = None,
    fades: int = 0,
) -> CueSheet:
    """A sheet of fixtures (profile, universe, first slot); parameters in order of attributes, then the faders."""
    parameters: list[Parameter] = []
    patch: list[Patched] = []
    subs = submasters or {}
    for number, (name, universe, slot) in enumerate(fixtures):
        profile, first = profiles.find(f"generic/{name}"), len(parameters)
        index = {attribute.name: first + at for at, attribute in enumerate(profile.attributes)}
        for each in profile.attributes:
            is_intensity = each.name == "intensity"
            parameters.append(Parameter(
                index[each.name], f"fixture {number}", each.name, each.minimum, each.maximum, each.default,
                None if is_intensity else first, subs.get(number, ()) if is_intensity else ()))
        patch += [Patched("panels", universe, slot + offset, width, index[attribute],
                          first if profile.virtual_dimmer else None) for offset, attribute, width in profile.slots]
    placed = {}
    for fader in faders:
        placed[fader.name] = FaderPatch(fader.name, fader.to, fader.address, fader.steps, len(parameters),
                                        fader.ceiling, fader.start)
        parameters.append(Parameter(len(parameters), fader.name, "fader"))
    names = tuple(dict.fromkeys(name for each in subs.values() for name in each))
    return CueSheet(
        "rig",
        {"panels": Connection("panels", "artnet", {}), "mixer": Connection("mixer", "midi", {"fades": fades})},
        {}, tuple(parameters), {}, {}, tuple(patch), placed, {}, {}, {}, {}, submasters=names)


def bent(sheet: CueSheet, responses: Mapping[int, Response], mired: Sequence[int] = ()) -> CueSheet:
    """The sheet with responses for the intensities, and kelvin in mired, of the fixtures of these numbers."""
    def owner(number: int) -> str:
        return f"fixture {number}"

    by_owner = {owner(number): response for number, response in responses.items()}
    parameters, wholes = list(sheet.parameters), {}
    for each in sheet.parameters:
        if each.attribute == "intensity" and each.owner in by_owner:
            parameters[each.index] = replace(each, response=by_owner[each.owner])
        if each.attribute == "cct" and each.owner in map(owner, mired):
            wholes[each.index] = (each.minimum, each.maximum)
            minimum, maximum = reciprocals(each.minimum, each.maximum)
            parameters[each.index] = replace(each, mired=True, minimum=minimum, maximum=maximum,
                                             default=reciprocal(each.default))
    patch = tuple(replace(each, whole=wholes.get(each.parameter, each.whole)) for each in sheet.patch)
    return replace(sheet, parameters=tuple(parameters), patch=patch)


def fader(
    name: str, *, start: int | None = None, ceiling: int = LEVEL_MAX, steps: int = 127, to: str = "mixer"
) -> FaderPatch:
    return FaderPatch(name, to, ("cc", 1, len(name)), steps, 0, ceiling, start)


class Stage:
    """Drives a renderer as the show does: what is due first, at its due time, then the event."""

    def __init__(self, sheet: CueSheet) -> None:
        self.renderer = Renderer(sheet)
        self.frames: list[Frame] = []

    def until(self, at_ns: int) -> list[Frame]:
        """Everything due before ``at_ns``."""
        begin = len(self.frames)
        for _ in range(1_000_000):
            due_ns = self.renderer.due_ns
            if due_ns is None or due_ns >= at_ns:
                return self.frames[begin:]
            self.frames += self.renderer.render(due_ns)
        raise AssertionError("the renderer never comes to rest")

    def at(self, at_ns: int, *actions: Action) -> list[Frame]:
        """The frames of this very instant."""
        self.until(at_ns)
        self.renderer.apply(at_ns, actions)
        frames = self.renderer.render(at_ns)
        self.frames += frames
        return list(frames)

    def slots(self, universe: int = 0) -> bytes:
        """What the universe heard last."""
        return next(each.slots for each in reversed(self.frames)
                    if isinstance(each, DmxFrame) and each.universe == universe)
