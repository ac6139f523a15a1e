"""Fader fades against the line they should draw: ``python -m tests.bench.mixer`` prints the table.

The show, the renderer, the MIDI driver and its pacing are the real ones; time and the cable (31,250 baud) are
virtual, so the figures are the same on every machine and in every run. A fade goes from -40 dB to 0 dB in five seconds.

The ideal line is straight on the fader's own scale. *Beside it when rendered* is rounding alone; *on the wire* is
what the mixer holds until its next message, against where the line is by then: it grows with the faders that share
the cable. Decibels are by the law of the column.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from showctl import laws, sheet
from showctl.model import LEVEL_MAX, SECOND_NS, LevelFrame, Trigger
from tests.cable import Night, perform

FROM_DB, TO_DB, FADE_S = -40, 0, 5
PRESSED_NS = SECOND_NS
PLACES = {
    "cc": "channel: {channel}, cc: {number}",
    "cc14": "channel: {channel}, cc14: {number}",
    "nrpn": "channel: 1, nrpn: 0x40/{number}",
    "nrpn7": "channel: 1, nrpn7: {number}/0x17, then: 7",
    "bend": "channel: {channel}, bend: true",
    "parameter": "parameter: 'F0 43 10 3E 7F 01 1C 00 {hexadecimal} 00 00 vv vv F7', steps: 1023",
}
CASES: tuple[tuple[str, str, int], ...] = (      # law, address, faders that fade at once
    ("x32", "cc", 1), ("linear", "cc", 1), ("log", "cc", 1), ("x32", "cc14", 1), ("log", "bend", 1),
    ("qu", "nrpn7", 1), ("dlive", "nrpn7", 1), ("sq", "nrpn", 1), ("sq-audio", "nrpn", 1), ("yamaha", "parameter", 1),
    ("qu", "nrpn7", 8), ("sq", "nrpn", 8), ("x32", "cc", 16), ("qu", "nrpn7", 16), ("sq", "nrpn", 16),
    ("yamaha", "parameter", 16), ("x32", "cc", 32), ("sq", "nrpn", 32),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Row:
    """One case. Steps are the fader's own; gaps and ends in milliseconds; ``worst_db`` is of what the mixer holds."""

    law: str
    address: str
    faders: int
    steps: int
    beside: float          # steps, when rendered
    held: float            # steps, on the wire
    worst_db: float
    messages: int          # to the fader that got the fewest
    gap_ms: float          # between two messages to one fader, the longest
    end_steps: int         # between the last message and the target
    end_ms: float          # from the end of the fade until the last message is through


def measure(law: str, address: str, faders: int) -> Row:
    """Play one case in virtual time."""
    night = perform(_sheet(law, address, faders), [(PRESSED_NS, Trigger("terminal", "/showctl/go", (1.0,)))],
                    PRESSED_NS + (FADE_S + 1) * SECOND_NS)
    found = [_judged(night, law, name) for name in night.sheet.faders]
    steps = night.sheet.faders["f0"].steps
    return Row(law, address, faders, steps, *(max(each) for each in zip(*(one[:3] for one in found), strict=True)),
               min(one[3] for one in found), *(max(each) for each in zip(*(one[4:] for one in found), strict=True)))


def _judged(night: Night, law_name: str, name: str) -> tuple[float, float, float, int, float, int, float]:
    patch, law = night.sheet.faders[name], laws.find(law_name)
    start, target = law.position(FROM_DB * 100), law.position(TO_DB * 100)
    begin_ns, end_ns = PRESSED_NS, PRESSED_NS + FADE_S * SECOND_NS

    def line(at_ns: int) -> Fraction:
        share = Fraction(min(max(at_ns, begin_ns), end_ns) - begin_ns, end_ns - begin_ns)
        return (start + (target - start) * share) * patch.steps / LEVEL_MAX

    def decibels(step: Fraction | int) -> float:
        millibel = law.millibel(round(step * LEVEL_MAX / patch.steps))
        assert millibel is not None      # the fade stays above the bottom
        return millibel / 100

    rendered = [frame for frame in night.rendered if isinstance(frame, LevelFrame) and frame.address == patch.address]
    beside = max(abs(frame.value - line(frame.at_ns)) for frame in rendered if begin_ns <= frame.at_ns <= end_ns)
    heard = [(at_ns, step) for at_ns, step in night.of(name) if at_ns >= begin_ns]
    first = max((at_ns, step) for at_ns, step in night.of(name) if at_ns < begin_ns)[1]
    held = [(first, begin_ns, heard[0][0]), *((step, at_ns, after) for (at_ns, step), (after, _) in pairwise(heard))]
    worst = max(max(abs(step - line(at_ns)), abs(step - line(until))) for step, at_ns, until in held)
    worst_db = max(abs(decibels(step) - decibels(line(each))) for step, *span in held for each in span)
    gap_ns = max(after - before for (before, _), (after, _) in pairwise(heard))
    last_ns, last = heard[-1]
    goal = (2 * target * patch.steps + LEVEL_MAX) // (2 * LEVEL_MAX)
    return (float(beside), float(worst), worst_db, len(heard), gap_ns / 1e6, abs(last - goal),
            max(0.0, (last_ns - end_ns) / 1e6))


def _sheet(law: str, address: str, faders: int) -> sheet.CueSheet:
    places = [PLACES[address].format(channel=n % 16 + 1, number=n, hexadecimal=f"{n:02X}") for n in range(faders)]
    lines = [f"  f{n}: {{to: mixer, {place}, start: {FROM_DB} dB}}" for n, place in enumerate(places)]
    before, after = (", ".join(f"f{n}: {decibels} dB" for n in range(faders)) for decibels in (FROM_DB, TO_DB))
    return sheet.read("\n".join([
        "show: Fades", f"connections: {{mixer: {{driver: midi, port: Desk, law: {law}}}}}", "faders:", *lines,
        f"cues: {{1: {{mix: {{{before}}}}}, 2: {{mix: {{{after}}}, fade: {FADE_S} s}}}}",
    ]))


HEAD = ("law", "address", "faders", "steps", "beside the line when rendered", "on the wire", "", "messages a fader",
        "longest gap", "last step", "after the end")


def table() -> str:
    """Everything, as a Markdown table."""
    return "\n".join(_lines())


def _lines() -> Iterator[str]:
    yield f"| {' | '.join(HEAD)} |"
    yield "|" + "---|" * len(HEAD)
    for case in CASES:
        row = measure(*case)
        yield (f"| `{row.law}` | {row.address} | {row.faders} | {row.steps} | {row.beside:.2f} steps | "
               f"{row.held:.1f} steps | {row.worst_db:.2f} dB | {row.messages} | {row.gap_ms:.0f} ms | "
               f"{'exact' if not row.end_steps else f'{row.end_steps} off'} | {row.end_ms:.1f} ms |")


if __name__ == "__main__":
    print(table())
