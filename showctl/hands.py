"""A hand on a mixer's fader, told from the echo of our own motor (CORE 19, SEMANTICS 32)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from showctl.model import LEVEL_MAX, Address, FaderPatch, LevelFrame, Value
from showctl.vocabulary import level

ECHO_NS = 250_000_000
ECHO_STEPS = 1
SCENE_ECHO_NS = 2_000_000_000     # a mixer takes its time to recall a scene, and then says so
REMEMBERED = 16       # more than 44 Hz can send in 250 ms


@dataclass(slots=True)
class Fader:
    """A fader and what was sent to it lately: (at_ns, step)."""

    patch: FaderPatch
    sent: list[tuple[int, int]] = field(default_factory=list)


class Hands:
    """Every fader of a sheet, by what its device says and by what we send it."""

    def __init__(self, faders: Mapping[str, FaderPatch]) -> None:
        self.faders = {name: Fader(patch) for name, patch in faders.items()}
        self._rendered = {(fader.patch.to, fader.patch.address): fader for fader in self.faders.values()}
        self.recalled: dict[str, int] = {}      # connection → when it was last told to recall a scene
        self.heard = {(fader.patch.to, spelled(fader.patch.address)): fader for fader in self.faders.values()}

    def sent(self, at_ns: int, frame: LevelFrame) -> None:
        """Remember what was rendered for a fader."""
        fader = self._rendered.get((frame.to, frame.address))
        if fader is not None:
            fader.sent.append((at_ns, frame.value))
            del fader.sent[:-REMEMBERED]

    def moved(self, at_ns: int, fader: Fader, value: Value) -> int | None:
        """Where a hand put the fader, 0..LEVEL_MAX, or None: the echo of what we sent.

        Raises ValueError for what the fader cannot say.
        """
        patch = fader.patch
        step = _step(patch, value)
        if step is None:
            wanted = "0 to 1" if patch.address[0] == "osc" else f"0 to {patch.steps}"
            raise ValueError(f"fader {patch.name} speaks in numbers from {wanted}")
        for when_ns, sent in fader.sent:
            if at_ns - when_ns <= ECHO_NS and -ECHO_STEPS <= step - sent <= ECHO_STEPS:
                return None
        # Rounded up, so that the step rendered from this level is the step the hand left.
        return -(-step * LEVEL_MAX // patch.steps)

    def recalls(self, at_ns: int, connection: str) -> None:
        """The mixer is told to recall a scene: its own word for that is no news."""
        self.recalled[connection] = at_ns

    def news(self, at_ns: int, connection: str) -> bool:
        """Whether a scene that the mixer says it went to is one that somebody recalled there."""
        when_ns = self.recalled.get(connection)
        return when_ns is None or at_ns - when_ns > SCENE_ECHO_NS

    def snapshot(self) -> dict[str, Any]:
        """JSON values."""
        sent = {name: [list(pair) for pair in fader.sent] for name, fader in self.faders.items() if fader.sent}
        return {"sent": sent, "recalled": dict(self.recalled)}

    def restore(self, data: Mapping[str, Any]) -> None:
        """Take what :meth:`snapshot` gave."""
        for name, fader in self.faders.items():
            fader.sent = [(when_ns, value) for when_ns, value in data["sent"].get(name, ())]
        self.recalled = dict(data["recalled"])


def spelled(address: Address) -> str:
    """A fader's address as its driver emits it: ``cc 1 0``, or the OSC path itself."""
    return str(address[1]) if address[0] == "osc" else " ".join(str(part) for part in address)


def _step(patch: FaderPatch, value: Value) -> int | None:
    if patch.address[0] == "osc":
        position = level(value[0]) if isinstance(value, tuple) and len(value) == 1 else None
        return None if position is None else (2 * position * patch.steps + LEVEL_MAX) // (2 * LEVEL_MAX)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= patch.steps:
        return None
    return value
