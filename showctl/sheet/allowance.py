"""A cue that fades more faders of one mixer at once than its connection's ``fades`` lets is refused.

What several cues bring together is seen only while they run; there the fader with the least way left arrives at once.
"""

from __future__ import annotations

from collections.abc import Iterable

from showctl.model import Part
from showctl.sheet.draft import Draft
from showctl.sheet.problems import Path


def allowances(draft: Draft) -> None:
    """Say it of every cue and every state."""
    bounds = {name: most for name, each in draft.connections.items() if (most := _bound(each.settings.get("fades")))}
    if not bounds:
        return
    for number, cue in draft.cues.items():
        _judge(draft, bounds, (*draft.cue_paths[number], "mix"), cue.parts if cue.overlay_ns is None else ())
    for (region, name), path in draft.state_paths.items():
        state = draft.regions[region].states.get(name) if region in draft.regions else None
        if state is not None and state.look is not None:
            _judge(draft, bounds, (*path, "mix"), (state.look,))


def _bound(setting: object) -> int:
    """A connection's ``fades``, also where no Config has read it."""
    return int(setting) if isinstance(setting, int | str) and str(setting).isdigit() else 0


def _judge(draft: Draft, bounds: dict[str, int], path: Path, parts: Iterable[Part]) -> None:
    homes = {fader.parameter: fader.to for fader in draft.faders.values() if fader.to in bounds}
    spans: dict[str, list[tuple[int, int]]] = {}
    for part in parts:
        for parameter, _ in part.targets if part.fade_ns else ():
            if parameter in homes:
                spans.setdefault(homes[parameter], []).append((part.delay_ns, part.delay_ns + part.fade_ns))
    for name, times in spans.items():
        together = max(sum(begin <= at < end for begin, end in times) for at, _ in times)
        if together > bounds[name]:
            draft.problems.at(
                path,
                f"this fades {together} faders of '{name}' at once, and its 'fades' is {bounds[name]}; "
                "let some of them go in 0 s, or after the others",
            )
