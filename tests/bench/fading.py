"""W4: one fade of 5 s from 0 to full: its rate, how even its frames come, how far from the line, when it ends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise

from tests.bench.chapters import Chapter, Table, cells
from tests.bench.children import Failed, cpu_ns
from tests.bench.figures import Line, median, percentile
from tests.bench.latency import present
from tests.bench.players import PEERS, RELAY, SHOWCTL, Live, Place, Player, tried
from tests.bench.probe import watch
from tests.bench.sizes import Size
from tests.bench.systems import now_ns, wait_until_still

LENGTH_NS = 5_000_000_000
WATCHED_S = 6.0           # pyartnet ends its fades later than it says
PATIENCE_S = 2.0
MILLION = 1e6
CROWD = 16


@dataclass(frozen=True, slots=True)
class Quality:
    """One fade as it was seen. ``off_line`` is in % of full, from the line that starts at the press."""

    rate_hz: float
    jitter_p50_ms: float       # of the gaps between frames, against the system's own period
    jitter_p99_ms: float
    jitter_worst_ms: float
    off_line: float
    off_line_shifted: float    # the same after the constant shift that fits best
    start_ms: float            # from the press to the first frame that moved
    end_error_ms: float        # of the first full value
    steps: int
    cpu_percent: float = 0


def w4(place: Place, size: Size) -> Chapter:
    """Each system in turn, and again; then showctl and the relay with a crowd that fades too."""
    there, missing = present([RELAY, SHOWCTL, *(peer for peer in PEERS if peer.fades)], place)
    alone = _all(there, place, 0, size.fades)
    crowded = _all([RELAY, SHOWCTL], place, CROWD, size.fades // 2)
    tables = [_table("one fade, 5 s", alone), *([_table(f"while {CROWD} universes fade", crowded)] if crowded else [])]
    notes = [*missing, "QLC+ fades 8 bits: half a step is 0.2 % of full.", "OLA has no fades."]
    return Chapter("W4", "A fade of 5 s, from 0 to full", tables, lines(alone[SHOWCTL.name]), notes=notes)


def _all(players: Sequence[Player], place: Place, universes: int, fades: int) -> dict[str, list[Quality]]:
    found: dict[str, list[Quality]] = {player.name: [] for player in players}
    for _ in range(fades):
        for player in players:
            one = tried(player, partial(_one, player, place, universes))
            found[player.name] += [one] if one else []
    return {name: runs for name, runs in found.items() if runs}


def _one(player: Player, place: Place, universes: int) -> Quality:
    with player.start(place, universes) as live:
        return faded(live)


def faded(live: Live) -> Quality:
    """Start the fade of a system that stands still, and watch it. Raises Failed where it never becomes full."""
    fade = live.fade
    assert fade is not None
    fade.down()
    wait_until_still(live.eye)
    cpu = cpu_ns(live.pid)
    before_ns = now_ns()      # after that: looking into /proc takes half a millisecond
    fade.up()
    frames = [(at_ns, int.from_bytes(slots[fade.slots], "big")) for at_ns, slots in watch(live.eye, WATCHED_S)]
    used = (cpu_ns(live.pid) - cpu) / (now_ns() - before_ns) * 100
    full = 256 ** (fade.slots.stop - fade.slots.start) - 1
    if not any(value == full for _, value in frames):
        frames += [(at_ns, int.from_bytes(slots[fade.slots], "big")) for at_ns, slots in watch(live.eye, PATIENCE_S)]
    return quality(before_ns, frames, full, fade.period_ns, LENGTH_NS, used, live.name)


def quality(
    pressed_ns: int, frames: Sequence[tuple[int, int]], full: int, period_ns: int, length_ns: int,
    cpu_percent: float = 0, name: str = "the fade",
) -> Quality:
    """The figures of one fade from its frames (time, value). Raises Failed where it has no middle or no end."""
    moving = [(at_ns, value) for at_ns, value in frames if at_ns >= pressed_ns and value > 0]
    end = next((index for index, (_, value) in enumerate(moving) if value >= full), None)
    if end is None or end < 2:
        raise Failed(f"{name} was never seen to go from 0 to full: {len(moving)} frames, the last {moving[-1:]}")
    moving = moving[:end + 1]
    gaps = [(after - before) for (before, _), (after, _) in pairwise(moving)]
    jitter = [abs(gap - period_ns) / MILLION for gap in gaps]
    errors = [value / full - (at_ns - pressed_ns) / length_ns for at_ns, value in moving[:-1]]
    middle = (max(errors) + min(errors)) / 2
    return Quality(
        len(gaps) / (moving[-1][0] - moving[0][0]) * 1e9,
        percentile(jitter, 0.5), percentile(jitter, 0.99), max(jitter),
        max(map(abs, errors)) * 100, max(abs(error - middle) for error in errors) * 100,
        (moving[0][0] - pressed_ns) / MILLION, (moving[-1][0] - pressed_ns - length_ns) / MILLION,
        len({value for _, value in moving}), cpu_percent,
    )


COLUMNS = (
    ("Hz", "rate_hz"), ("jitter p50 ms", "jitter_p50_ms"), ("p99", "jitter_p99_ms"), ("worst", "jitter_worst_ms"),
    ("off the line %", "off_line"), ("shifted", "off_line_shifted"), ("start ms", "start_ms"),
    ("end error ms", "end_error_ms"), ("steps", "steps"), ("CPU %", "cpu_percent"),
)


def _table(title: str, found: dict[str, list[Quality]]) -> Table:
    rows = [
        (name, *cells(*(_middle(runs, attribute) for _, attribute in COLUMNS)), str(len(runs)))
        for name, runs in found.items()
    ]
    return Table((title, *(head for head, _ in COLUMNS), "n"), rows)


def _middle(runs: Sequence[Quality], attribute: str) -> float:
    return median([getattr(run, attribute) for run in runs])


def lines(runs: Sequence[Quality]) -> list[Line]:
    """What a fade promises; the medians of all runs."""
    n = len(runs)
    return [
        Line("5 s fade: frames a second", round(_middle(runs, "rate_hz"), 1), "Hz", n, at_least=44),
        Line("5 s fade: jitter p99", _middle(runs, "jitter_p99_ms"), "ms", n, 0.25),
        Line("5 s fade: worst distance from the line, of full", _middle(runs, "off_line"), "%", n, 0.02),
        Line("5 s fade: end error, early or late", abs(_middle(runs, "end_error_ms")), "ms", n, 1),
        Line("5 s fade: first frame that moved", _middle(runs, "start_ms"), "ms", n),
    ]
