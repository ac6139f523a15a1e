"""The catalogue of faults (RELIABILITY §2): each does what its row says, the same each time, and is named by people."""

from itertools import pairwise
from pathlib import Path

import pytest

from showctl import sheet as sheet_reader
from showctl.model import SECOND_NS, CueSheet, Trigger
from showctl_sim import faults
from showctl_sim.faults import HOUSE, KINDS, Fault
from showctl_sim.performance import Performance
from showctl_sim.virtual_rig import VirtualRig
from tests.stage import CONFIGS

CORNER_SHOP = Path(__file__).parents[2] / "cuesheets" / "corner-shop.yaml"
DOOR, SEAT = "zigbee2mqtt/door", "stat/seat-2/RESULT"
MILLISECOND = 1_000_000


@pytest.fixture(scope="module")
def sheet() -> CueSheet:
    return sheet_reader.read(CORNER_SHOP.read_text(encoding="utf-8"), CORNER_SHOP.name, CONFIGS)


class Room:
    """A rig, and what arrived at its show since a fault began."""

    def __init__(self, sheet: CueSheet, kind: str, target: str, for_ns: int = 10 * SECOND_NS, seed: int = 0) -> None:
        self.performance = Performance(sheet)
        self.rig = VirtualRig(self.performance)
        self.rig.begin({"door": False, "seat-1": False, "seat-2": True})
        self.rig.until(SECOND_NS)
        self.from_ = len(self.performance.inputs)
        faults.begin(self.rig, Fault(kind, target, for_ns, seed))

    def after(self, seconds: float) -> None:
        self.rig.until(self.performance.now_ns + int(seconds * SECOND_NS))

    def arrived(self, *addresses: str) -> list[Trigger]:
        return [trigger for _, trigger in self.performance.inputs[self.from_:] if trigger.address in addresses]

    def values(self, address: str) -> list[object]:
        return [trigger.value for trigger in self.arrived(address)]


def near(sheet: CueSheet, kind: str) -> str:
    """Something that the kind can befall, and that speaks in these tests."""
    return next(name for name in ("door", "sensors", "foh", HOUSE) if name in faults.targets(sheet, kind))


def test_every_kind_can_befall_something(sheet: CueSheet) -> None:
    assert {kind: faults.targets(sheet, kind) for kind in KINDS if not faults.targets(sheet, kind)} == {}
    assert HOUSE in faults.targets(sheet, "clock-step")
    assert "foot" not in faults.targets(sheet, "jumping")      # a pedal has no word for a jump


@pytest.mark.parametrize(("kind", "target", "words"), [
    ("gon", "door", "no fault 'gon'; did you mean gone?"),
    ("xyzzy", "door", "no fault 'xyzzy'; there are stuck, flapping"),
    ("stuck", "doo", "'doo' cannot be stuck: a sensor that says the same whatever happens; there are door, seat-1"),
    ("stalled", "sensors", "there are showctl"),
])
def test_a_mistake_is_told_in_words(sheet: CueSheet, kind: str, target: str, words: str) -> None:
    with pytest.raises(ValueError, match="^.*" + words):
        faults.check(sheet, kind, target)


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_seed_is_the_same_triggers(sheet: CueSheet, kind: str) -> None:
    """And, where chance has a part in it, another seed is not."""
    def inputs(seed: int) -> list[tuple[int, Trigger]]:
        room = Room(sheet, kind, near(sheet, kind), seed=seed)
        for truth in (True, False, True):
            room.rig.set("door", truth)
            room.rig.press("foh", "/showctl/go")
            room.after(2)
        room.after(60)
        return room.performance.inputs

    assert inputs(3) == inputs(3)
    if kind in ("flapping", "late", "reordered", "bouncing", "garbled", "clock-step"):
        assert any(inputs(3) != inputs(seed) for seed in range(4, 9))


@pytest.mark.parametrize("kind", KINDS)
def test_it_ends(sheet: CueSheet, kind: str) -> None:
    """A minute after its end, a wire is a wire again: what is said arrives at once, as it was said."""
    room = Room(sheet, kind, near(sheet, kind))
    room.after(70)
    before = len(room.performance.inputs)
    room.rig.set("seat-2", False)
    room.rig.press("foh", "/showctl/back")
    assert [(trigger.address, trigger.retained) for _, trigger in room.performance.inputs[before:]] == [
        (SEAT, False), ("/showctl/back", False)]


def test_stuck(sheet: CueSheet) -> None:
    room = Room(sheet, "stuck", "door")
    room.rig.set("door", True)
    assert room.values(DOOR) == ['{"contact": true}']          # at rest, whatever it would say
    room.after(11)
    assert room.values(DOOR)[-1] == '{"contact": false}'


def test_flapping(sheet: CueSheet) -> None:
    """RELIABILITY: 50 Hz toggles give at most one cue."""
    room = Room(sheet, "flapping", "door", 4 * SECOND_NS)
    room.rig.press("foh", "/showctl/go")
    room.after(5)
    assert 100 < len(room.arrived(DOOR)) < 500
    edges = [step for step in room.performance.steps if step.event.kind == "edge" and step.event.name == "door"]
    assert len(edges) <= 1


@pytest.mark.parametrize("name", ["door", "seat-2", "cart-moves"])
def test_a_contact_that_flapped_says_what_it_said_before(sheet: CueSheet, name: str) -> None:
    """Whatever it said last while it was bad."""
    for seed in range(4):
        room = Room(sheet, "flapping", name, 2 * SECOND_NS, seed)
        before = room.performance.truth(name)
        room.after(4)
        assert room.performance.truth(name) is before


@pytest.mark.parametrize("kind", ["silent", "gone"])
def test_nothing_is_heard(sheet: CueSheet, kind: str) -> None:
    room = Room(sheet, kind, "seat-2")
    room.rig.set("seat-2", False)
    room.after(5)
    assert room.arrived(SEAT) == []
    assert len(room.arrived("tele/seat-2/LWT")) == (kind == "gone")
    room.after(6)
    assert room.arrived(SEAT)


def test_a_sensor_comes_back_retained_or_live(sheet: CueSheet) -> None:
    """SEMANTICS 24: some sources resend what they have, live."""
    ways = []
    for seed in range(6):
        room = Room(sheet, "gone", "seat-2", 3 * SECOND_NS, seed)
        room.after(4)
        ways += [trigger.retained for trigger in room.arrived(SEAT)]
    assert True in ways
    assert False in ways


def test_a_connection_that_is_gone(sheet: CueSheet) -> None:
    room = Room(sheet, "gone", "sensors")
    room.rig.set("door", True)
    room.after(9)
    assert [(trigger.source, trigger.address) for _, trigger in room.performance.inputs[room.from_:]] == [("", "lost")]
    assert "sensors" in room.performance.status.missing
    room.after(2)
    assert room.arrived("back")
    assert [trigger.retained for trigger in room.arrived(DOOR)] == [True]


def test_a_tablet_that_is_gone_presses_nothing(sheet: CueSheet) -> None:
    room = Room(sheet, "gone", "foh")
    room.rig.press("foh", "/showctl/go")
    room.rig.press("stage", "/showctl/back")
    assert [trigger.sender for trigger in room.arrived("/showctl/go", "/showctl/back")] == ["10.0.0.32:9000"]


@pytest.mark.parametrize(("kind", "count"), [("losing", (20, 80)), ("doubled", (200, 200)), ("late", (100, 100)),
                                             ("reordered", (100, 100))])
def test_messages_on_their_way(sheet: CueSheet, kind: str, count: tuple[int, int]) -> None:
    room = Room(sheet, kind, "door", 60 * SECOND_NS)
    for turn in range(100):
        room.rig.send("sensors", DOOR, f'{{"contact": true, "turn": {turn}}}')
        room.after(0.1)
    room.after(5)
    low, high = count
    arrived = room.arrived(DOOR)
    assert low <= len(arrived) <= high
    in_order = sorted(arrived, key=lambda trigger: int(str(trigger.value).rpartition(" ")[2].strip("}")))
    assert (arrived == in_order) is (kind in ("losing", "late"))
    assert sum(trigger.message_id is not None for trigger in arrived) == (100 if kind == "doubled" else 0)


def test_late_messages_are_late(sheet: CueSheet) -> None:
    room = Room(sheet, "late", "door")
    room.rig.set("door", True)
    room.after(0.099)
    assert room.arrived(DOOR) == []
    room.after(3)
    assert len(room.arrived(DOOR)) == 1


def test_a_replay_is_retained(sheet: CueSheet) -> None:
    room = Room(sheet, "replayed", "sensors")
    assert len(room.arrived(DOOR, SEAT)) == 2
    assert all(trigger.retained for trigger in room.arrived(DOOR, SEAT))


def test_a_stalled_process_takes_everything_at_its_end(sheet: CueSheet) -> None:
    room = Room(sheet, "stalled", HOUSE, 2 * SECOND_NS)
    room.rig.press("foh", "/showctl/go")
    room.after(1.9)
    assert room.arrived("/showctl/go") == []
    room.after(1)
    assert [trigger.address for trigger in room.arrived("stalled", "/showctl/go")] == ["stalled", "/showctl/go"]


def test_the_clock_on_the_wall_decides_nothing(sheet: CueSheet) -> None:
    """CORE 2: stamps of drivers are for lateness only."""
    def steps(kind: str) -> list[object]:
        room = Room(sheet, kind, HOUSE, 60 * SECOND_NS)
        for station in ("foh", "stage"):
            room.rig.press(station, "/showctl/go")
            room.after(1)
        room.rig.set("door", True)
        room.after(20)
        seen = [trigger.seen_ns for _, trigger in room.performance.inputs[room.from_:]]
        assert any(seen) is (kind == "clock-step")
        return list(room.performance.steps)

    faultless, KINDS_ = steps("clock-step"), dict(KINDS)
    KINDS_["nothing"] = faults.Kind("nothing", ("show",))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(faults, "KINDS", KINDS_)
        assert steps("nothing") == faultless


@pytest.mark.parametrize(("kind", "advances"), [("double-tapped", 1), ("released", 1)])
def test_one_press_is_one_advance(sheet: CueSheet, kind: str, advances: int) -> None:
    """SEMANTICS 1 and 3."""
    room = Room(sheet, kind, "foh")
    room.rig.press("foh", "/showctl/go")
    room.after(2)
    assert len(room.arrived("/showctl/go")) == 2
    assert sum(len(step.moves) for step in room.performance.steps[1:] if step.event.name == "go") == advances


@pytest.mark.parametrize(("kind", "target"), [("strangers", "tablets"), ("jumping", "foh")])
def test_what_nobody_may_is_refused(sheet: CueSheet, kind: str, target: str) -> None:
    """SEMANTICS 33, DESIGN §5 law 11."""
    room = Room(sheet, kind, target)
    addresses = {trigger.address for _, trigger in room.performance.inputs[room.from_:]}
    assert len(addresses) >= 2
    refused = [step for step in room.performance.steps if step.at_ns >= SECOND_NS and step.refused]
    assert len(refused) == len(room.performance.inputs) - room.from_
    assert room.performance.states == {"show": "preset", "supply": "parked"}


def test_a_storm_of_go_moves_on_once_in_each_gap(sheet: CueSheet) -> None:
    """SEMANTICS 3: a press too early is refused and does not extend the gap."""
    room = Room(sheet, "storming", "foh")
    room.after(3)
    taken = [step.at_ns for step in room.performance.steps if step.event.name == "go" and not step.refused]
    assert len(taken) == 4
    assert all(later - earlier >= sheet.go_gap_ns for earlier, later in pairwise(taken))


def test_panic_by_mistake_comes_back(sheet: CueSheet) -> None:
    """SEMANTICS 19."""
    room = Room(sheet, "panicking", "foh")
    room.after(5)
    assert room.performance.states["show"] == "safe"
    room.after(10)
    assert room.performance.states["show"] == "preset"


def test_a_fault_that_is_over_ends_once(sheet: CueSheet) -> None:
    room = Room(sheet, "replayed", "sensors")
    active = faults.begin(room.rig, Fault("gone", "sensors", 5 * SECOND_NS))
    faults.end(room.rig, active)
    room.after(10)
    assert len(room.arrived("back")) == 1
