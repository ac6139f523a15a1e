"""Many fades on one MIDI cable, in virtual time: never overrun, nobody starved, the last value arrives. CORE 13."""

from itertools import pairwise

import pytest

from showctl import laws
from showctl import sheet as sheet_reader
from showctl.model import LEVEL_MAX, SECOND_NS, Address, CueSheet, EdgeFrame, LevelFrame, Trigger
from tests.bench import mixer
from tests.cable import BAUD_BYTES_S, Night, perform

KINDS = {
    "cc": ("channel: {channel}, cc: {number}", 3),
    "cc14": ("channel: {channel}, cc14: {number}", 6),
    "nrpn": ("channel: 1, nrpn: 0x40/{number}", 12),
    "nrpn7": ("channel: 1, nrpn7: {number}/0x17", 9),
    "bend": ("channel: {channel}, bend: true", 3),
    "parameter": ("parameter: 'F0 43 10 3E 7F 01 1C 00 {hex} 00 00 vv vv F7', steps: 1023", 14),
}
GO = Trigger("terminal", "/showctl/go", (1.0,))
MS = SECOND_NS // 1000
AHEAD = 0.002 * BAUD_BYTES_S


def sheet(kind: str, faders: int, cues: str = "", law: str = "x32") -> CueSheet:
    places = [KINDS[kind][0].format(channel=n % 16 + 1, number=n, hex=f"{n:02X}") for n in range(faders)]
    lines = [f"  f{n}: {{to: mixer, {place}, start: -60 dB}}" for n, place in enumerate(places)]
    everywhere = ", ".join(f"f{n}: 0 dB" for n in range(faders))
    cues = cues or f"cues: {{1: {{}}, 2: {{mix: {{{everywhere}}}, fade: 3 s}}}}"
    text = "\n".join([
        "show: Cable", f"connections: {{mixer: {{driver: midi, port: Desk, law: {law}}}}}", "faders:", *lines,
        "commands: {note: {to: mixer, channel: 16, note: 1}, reset: {to: mixer, sysex: F0 7D 01 02 03 F7}}", cues,
    ])
    return sheet_reader.read(text, "cable.yaml")


def played(kind: str, faders: int, **more: int) -> Night:
    return perform(sheet(kind, faders), [(SECOND_NS, GO)], 5 * SECOND_NS, **more)


def levels(night: Night, address: Address) -> list[LevelFrame]:
    return [frame for frame in night.rendered if isinstance(frame, LevelFrame) and frame.address == address]


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in ("bend",)])
@pytest.mark.parametrize("faders", [16, 32])
def test_the_cable_is_never_overrun_and_nobody_is_starved(kind: str, faders: int) -> None:
    """CORE 13, SEMANTICS 29: what waits at the interface is never more than one step and what a late timer catches up;
    every fader gets its turn as often as the others; the last value of each arrives, and soon."""
    night = played(kind, faders)
    a_step = KINDS[kind][1]
    assert night.told == []
    assert night.most_waiting <= a_step + AHEAD + 3
    fading = [[at_ns for at_ns, _ in night.of(f"f{n}") if SECOND_NS < at_ns < 4 * SECOND_NS] for n in range(faders)]
    counts = [len(each) for each in fading]
    # Seven bits change now and then, all at once: who is first finds the cable idle each time.
    assert max(counts) - min(counts) <= (max(counts) // 6 if kind in ("cc", "nrpn7") else 2)
    for name, patch in night.sheet.faders.items():
        at_ns, step = night.of(name)[-1]
        rendered = levels(night, patch.address)
        assert step == rendered[-1].value == (2 * (LEVEL_MAX * 3 // 4) * patch.steps + LEVEL_MAX) // (2 * LEVEL_MAX)
        assert at_ns - rendered[-1].at_ns <= faders * a_step * SECOND_NS // BAUD_BYTES_S + 10 * MS
    a_round = max(faders * a_step * SECOND_NS // BAUD_BYTES_S, SECOND_NS // 44)
    if kind not in ("cc", "nrpn7"):      # seven bits have fewer steps than the fade has ticks
        for times in fading:
            gaps = [after - before for before, after in pairwise(times)]
            assert max(gaps) <= a_round + SECOND_NS // 44 + 3 * MS


def test_values_on_the_way_are_never_older_than_a_round_and_never_run_backwards() -> None:
    """Newest wins: what gets through is what was rendered at most one round of the cable before."""
    night = played("nrpn", 32)
    for name, patch in night.sheet.faders.items():
        steps = [step for _, step in night.of(name)]
        assert steps == sorted(steps)
        rendered = {frame.value: frame.at_ns for frame in levels(night, patch.address)}
        late_ns = max(at_ns - rendered[step] for at_ns, step in night.of(name))
        assert late_ns <= 32 * 12 * SECOND_NS // BAUD_BYTES_S + 30 * MS


def test_edges_between_fades_keep_their_order_and_flush_what_was_before_them() -> None:
    """SEMANTICS 29, CORE 13: notes and SysEx go in order, after what was queued before them, within their time."""
    cues = """cues:
  1: {}
  2: {mix: {f0: 0 dB, f1: 0 dB, f2: 0 dB, f3: 0 dB, f4: 0 dB, f5: 0 dB, f6: 0 dB, f7: 0 dB}, fade: 3 s,
      auto-continue: 3, post-wait: 1 s}
  3: {send: [{note: 1}, reset, {note: 2}], auto-continue: 4, post-wait: 100 ms}
  4: {send: [{note: 3}, {note: 4}]}
"""
    read = sheet("nrpn", 8, cues)
    night = perform(read, [(SECOND_NS, GO)], 6 * SECOND_NS)
    notes = [(at_ns, value) for at_ns, address, value in night.heard if address == "note 16 1"]
    assert [value for _, value in notes] == [1, 2, 3, 4]
    asked = [frame.at_ns for frame in night.rendered if isinstance(frame, EdgeFrame)]
    assert notes[0][0] - asked[0] <= 8 * 12 * SECOND_NS // BAUD_BYTES_S + 10 * MS
    assert night.most_waiting <= 12 + AHEAD + 3
    assert night.told == []


def test_a_faster_way_is_used_where_it_is_declared() -> None:
    """USB or network MIDI: `rate: 50000` lets 32 NRPN faders have every tick."""
    slow, fast = played("nrpn", 32), played("nrpn", 32, rate=50_000, bytes_s=50_000)
    assert len(fast.of("f0")) > 130 > 40 > len(slow.of("f0"))
    assert fast.most_waiting <= 12 + 0.002 * 50_000 + 3


def test_this_bench_sees_an_overrun() -> None:
    """A driver that paces for a faster way than there is fills the interface."""
    assert played("nrpn", 32, rate=6_000).most_waiting > 4_000


@pytest.mark.parametrize("law", sorted(laws.LAWS))
def test_a_fade_draws_its_line_in_every_law(law: str) -> None:
    """Within half a step where it is rendered; a mixer holds each value for one tick and the way over the cable."""
    row = mixer.measure(law, "nrpn", 1)
    assert row.beside <= 0.502          # and what 24 bits round off
    way = (laws.find(law).position(0) - laws.find(law).position(-4000)) * row.steps / LEVEL_MAX
    assert row.held <= way / 5 * 0.0275 + 1
    assert (row.end_steps, row.gap_ms <= 25, row.end_ms <= 4) == (0, True, True)


@pytest.mark.parametrize(("law", "address", "faders"), [("qu", "nrpn7", 16), ("sq", "nrpn", 32)])
def test_many_fades_are_coarser_in_time_alone(law: str, address: str, faders: int) -> None:
    row = mixer.measure(law, address, faders)
    a_round_ms = faders * 12 / 3.125
    assert (row.beside <= 0.502, row.end_steps) == (True, 0)
    assert row.gap_ms <= max(a_round_ms + 25, 75)
    assert row.end_ms <= a_round_ms + 4
