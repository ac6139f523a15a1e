"""A live run without a machine: a loop that is late, stalls and is hit by inputs just when a wake-up is due.

``run`` drives a Show as the daemon does and keeps what a journal keeps; ``replay`` repeats it from triggers and skips
alone. ``python -m tests.live SEED`` prints the digest of one run, for comparing interpreters, hash seeds and CPUs.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Callable
from dataclasses import dataclass, field

from showctl.model import Digest, EdgeFrame, Flush, Frame, Skip, Step, Trigger
from showctl.show import Outcome, Show
from tests.stage import CONFIGS, ROOM

MILLISECOND = 1_000_000
STALLED_NS = 250 * MILLISECOND

SHEET = ROOM + """
commands: {lamp: {to: sensors, topic: lamp}, cart: {to: sensors, topic: cart, hazard: moves}}
submasters: {front: [key, fill]}
faders: {music: {to: mixer, channel: 1, cc: 0, start: -20 dB, ceiling: 0 dB}}
triggers:
  door: {from: sensors, topic: door, when: contact == false, debounce: 20 ms, lockout: 200 ms}
  seat: {from: sensors, topic: seat, when: payload > 0.6, until: payload < 0.4, silent: 3 s}
  both: {all: [door, seat], for: 100 ms}
  bell: {from: sensors, topic: bell, says: ring, lockout: 50 ms}
cues:
  1: {look: {all: 20% 3200K}, fade: 300 ms, mix: {music: -30 dB in 2 s}}
  2: {look: {key: 80%}, fade: 700 ms ease, auto-follow: 3}
  3: {pre-wait: 100 ms, look: {fill: 60% 5000K, hair: +5%}, fade: 400 ms, post-wait: 50 ms, auto-continue: 4}
  4: {look: {hair: 10%}, fade: 1 s, mix: {music: -10 dB in 500 ms}}
  5: {look: {all: 50%}, fade: 2 s, send: {lamp: on}}
  6: {group: random, members: 6.1-6.3}
  6.1: {look: {key: 10%}, fade: 100 ms}
  6.2: {look: {key: 30%}, fade: 200 ms}
  6.3: {look: {key: 60%}, fade: 300 ms}
  40: {overlay: 400 ms, look: {hair: 90%}, fade: 100 ms, release: 200 ms}
states:
  show:
    start: one
    one: {cues: 1-4, on: {go: two, door: cue 40, bell: two}, after: {4 s: two}}
    two: {cues: 5-6, on: {go: one, both: one, bell: one}, send: {cart: go}, after: {3 s: {say: Time}}}
    safe: {fail: true, look: {all: 70%}, fade: 500 ms, on: {go: back}}
"""

PRESSES = ("go", "go", "go", "back", "standby/next", "pause", "resume", "panic", "stop", "cue/3/go", "cue/40/start")


@dataclass
class Recording:
    """What a journal would hold of one run, and what left."""

    inputs: list[tuple[int, Trigger]] = field(default_factory=list)
    records: list[Step | Digest] = field(default_factory=list)
    skips: list[Skip] = field(default_factory=list)
    frames: list[Frame] = field(default_factory=list)
    end_ns: int = 0
    collisions: int = 0

    def take(self, outcome: Outcome) -> None:
        """Keep what a call brought about."""
        for record in outcome.records:
            if isinstance(record, Skip):
                self.skips.append(record)
            else:
                self.records.append(record)
        self.frames.extend(frame for frame in outcome.frames if not isinstance(frame, Flush))


def guest(rng: random.Random) -> Trigger:
    """Somebody in the room, or a finger."""
    kind = rng.random()
    if kind < 0.35:
        press = rng.choice(PRESSES)
        host = rng.choice(("10.0.0.31", "10.0.0.32", "10.0.0.66"))
        return Trigger("tablets", f"/showctl/{press}", (rng.choice((1.0, 1.0, 0.0)),), f"{host}:9000")
    if kind < 0.5:
        return Trigger("tablets", "/showctl/master", (rng.randrange(0, 101) / 100,), "10.0.0.31:9000")
    if kind < 0.55:
        return Trigger("tablets", "/showctl/fader/music", (rng.randrange(0, 101) / 100,), "10.0.0.31:9000")
    if kind < 0.7:
        payload = rng.choice(('{"contact": false}', '{"contact": true}', "junk", "null"))
        return Trigger("sensors", "door", payload, retained=rng.random() < 0.1)
    if kind < 0.85:
        return Trigger("sensors", "seat", f"{rng.randrange(0, 101) / 100}")
    if kind < 0.93:
        return Trigger("sensors", "bell", "ring", message_id=rng.choice((None, None, 7)))
    return Trigger("", rng.choice(("lost", "back")), rng.choice(("panels", "sensors", "mixer")))


def run(make: Callable[[], Show], seed: int, *, inputs: int = 40, clamp: bool = True, stalls: bool = True) -> Recording:
    """Drive a show as a busy loop would: late, sometimes stalled, inputs aimed at the moment a wake-up is due."""
    rng, show, kept = random.Random(seed), make(), Recording()
    kept.take(show.start())
    now, arrival, left = 0, 0, inputs
    while left or (show.due_ns or 0) > 0:
        due = show.due_ns
        if left and arrival <= now:
            arrival = now + _gap(rng, due, now, kept)
        if not left and (due is None or due > now + 20_000 * MILLISECOND):
            break
        ahead = [each for each in (arrival if left else None, due) if each is not None]
        now = max(now, min(ahead)) + rng.randrange(0, 2 * MILLISECOND)
        if stalls and rng.random() < 0.01:
            now += 300 * MILLISECOND
        _wake(show, now, kept)
        if left and arrival <= now:
            left -= 1
            at = max(now, show.last_ns + 1) if clamp else now
            trigger = guest(rng)
            kept.inputs.append((at, trigger))
            kept.take(show.admit(at, trigger, late=True))
        if len(kept.records) > 20_000:
            break
    kept.end_ns = max(now, show.last_ns)
    kept.take(show.run_until(kept.end_ns, late=True))
    kept.records.append(show.digest())
    return kept


def _gap(rng: random.Random, due: int | None, now: int, kept: Recording) -> int:
    """Until the next input: in two of three cases within a millisecond of what is due."""
    if due is not None and due > now and rng.random() < 0.66:
        kept.collisions += 1
        return max(1, due - now + rng.randrange(-MILLISECOND, MILLISECOND))
    return rng.randrange(1, 900 * MILLISECOND)


def _wake(show: Show, now: int, kept: Recording) -> None:
    due = show.due_ns
    if due is None or due > now:
        return
    if now - due > STALLED_NS:
        at = max(due - 1, show.last_ns + 1)
        if at < due:
            kept.inputs.append((at, trigger := Trigger("", "stalled", now - due)))
            kept.take(show.admit(at, trigger, late=True))
    kept.take(show.run_until(now, late=True))


def replay(make: Callable[[], Show], kept: Recording) -> Recording:
    """The same run again from its triggers and skips alone."""
    show, again = make(), Recording(inputs=kept.inputs, skips=kept.skips, end_ns=kept.end_ns)
    show.expect_skips(kept.skips)
    again.take(show.start())
    for at, trigger in kept.inputs:
        again.take(show.admit(at, trigger))
    again.take(show.run_until(kept.end_ns))
    again.records.append(show.digest())
    return again


def make_show() -> Show:
    """A show of this file's sheet, seed 5."""
    from showctl import sheet

    return Show(sheet.read(SHEET, "live.yaml", CONFIGS), 5)


def edges(kept: Recording) -> list[EdgeFrame]:
    """What was sent once."""
    return [frame for frame in kept.frames if isinstance(frame, EdgeFrame)]


if __name__ == "__main__":
    recording = run(make_show, int(sys.argv[1]), inputs=200)
    print(recording.records[-1])
