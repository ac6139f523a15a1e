"""A show on a bench: a sheet, hands that press, a clock that moves when told, and eyes on what leaves.

Only the public face of ``Show`` is used: triggers and time in, records and frames out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from showctl import sheet as sheet_reader
from showctl.driver import load, names
from showctl.model import CueSheet, DmxFrame, EdgeFrame, Frame, LevelFrame, Step, Trigger
from showctl.show import Outcome, Show
from showctl.units import duration_ns

Change = Callable[[CueSheet], CueSheet]
"""What a test does to a sheet that no text could say."""

CONFIGS = {name: load(name).Config for name in names()}

ROOM = """
show: Bench
connections:
  panels:  {driver: artnet, host: 127.0.0.1}
  mixer:   {driver: midi, port: Desk, law: x32, listen: true}
  sensors: {driver: mqtt, broker: "127.0.0.1:1883"}
  tablets: {driver: osc, listen: "127.0.0.1:8000"}
stations:
  foh:   {from: tablets, host: 10.0.0.31, role: operator}
  stage: {from: tablets, host: 10.0.0.32, role: operator}
  view:  {from: tablets, host: 10.0.0.33, role: viewer}
fixtures:
  key:  {profile: generic/panel-cct, to: panels, at: 0/1}
  fill: {profile: generic/panel-cct, to: panels, at: 0/11}
  hair: {profile: generic/panel-cct, to: panels, at: 0/21}
"""


class Stage:
    """A show with a clock in nanoseconds that starts at 0 and moves by :meth:`wait` and by presses (1 ms each)."""

    def __init__(self, text: str, *, room: str = ROOM, seed: int = 0, change: Change | None = None) -> None:
        self.sheet = sheet_reader.read(room + text, "bench.yaml", CONFIGS)
        if change is not None:
            self.sheet = change(self.sheet)
        self.show = Show(self.sheet, seed)
        self.now_ns = 0
        self.steps: list[Step] = []
        self.frames: list[Frame] = []
        self.universes: dict[tuple[str, int], bytes] = {}
        self.faders: dict[Any, int] = {}
        self.states: dict[str, str] = {}
        self.standbys: dict[str, str] = {}
        self.take(self.show.start())

    def take(self, outcome: Outcome) -> list[Step]:
        """Look at what a call brought about; returns its steps."""
        steps = [record for record in outcome.records if isinstance(record, Step)]
        self.steps.extend(steps)
        for step in steps:
            self.states.update((move.region, move.target) for move in step.moves)
            self.standbys.update(step.standby)
        for frame in outcome.frames:
            if isinstance(frame, DmxFrame):
                self.universes[frame.to, frame.universe] = frame.slots
            if isinstance(frame, LevelFrame):
                self.faders[frame.address] = frame.value
            if isinstance(frame, DmxFrame | LevelFrame | EdgeFrame):
                self.frames.append(frame)
        return steps

    # ---- hands ----

    def wait(self, duration: str) -> list[Step]:
        """Let time pass."""
        self.now_ns += duration_ns(duration)
        return self.take(self.show.run_until(self.now_ns))

    def trigger(self, trigger: Trigger) -> list[Step]:
        """Something happens, a millisecond after what was before."""
        self.now_ns = max(self.now_ns + 1_000_000, self.show.last_ns + 1)
        return self.take(self.show.admit(self.now_ns, trigger))

    def osc(self, address: str, *arguments: Any, by: str = "foh") -> Step:
        """A station sends an OSC message; returns the step that answers it."""
        station = self.sheet.stations[by]
        return self.trigger(Trigger(station.connection, address, arguments, f"{station.host}:9000"))[-1]

    def go(self, by: str = "foh") -> Step:
        """A station presses GO."""
        return self.osc("/showctl/go", 1.0, by=by)

    def mqtt(self, topic: str, payload: str, *, retained: bool = False, message_id: int | None = None) -> list[Step]:
        """A sensor publishes."""
        return self.trigger(Trigger("sensors", topic, payload, retained=retained, message_id=message_id))

    def shell(self, address: str, value: str) -> list[Step]:
        """The shell says that a connection is lost or back."""
        return self.trigger(Trigger("", address, value))

    # ---- eyes ----

    @property
    def standby(self) -> str:
        """What GO does next in the first region."""
        return self.standbys.get(next(iter(self.sheet.regions)), "")

    @property
    def state(self) -> str:
        """The first region's state."""
        return self.states[next(iter(self.sheet.regions))]

    def slot(self, number: int, universe: int = 0, to: str = "panels") -> int:
        """A slot's last value on the wire (1 is the first)."""
        return self.universes[to, universe][number - 1]

    def percent(self, fixture: str) -> int:
        """A panel's intensity as it left, rounded to whole percent; panels have their dimmer in their first slot."""
        intensity = self.sheet.fixtures[fixture][0]
        first = next(each for each in self.sheet.patch if each.parameter == intensity)
        return round(self.slot(first.slot, first.universe, first.to) * 100 / 255)

    def started(self) -> list[str]:
        """Every cue started so far, in order."""
        return [cue for step in self.steps for cue in step.started]

    def sent(self) -> list[tuple[Any, Any]]:
        """Every edge that left: (address, value)."""
        return [(frame.address, frame.value) for frame in self.frames if isinstance(frame, EdgeFrame)]

    def said(self) -> list[str]:
        """Every word to the stations."""
        return [text for step in self.steps for text in step.said]


def refusals(steps: Iterable[Step]) -> list[str]:
    """The reasons in these steps."""
    return [step.refused for step in steps if step.refused]
