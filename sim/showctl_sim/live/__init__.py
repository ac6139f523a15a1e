"""Rehearsing on the wire: the same file in real time against a running daemon (``showctl rehearse --live``).

What is done goes out as OSC, MQTT messages and serial words; what the daemon does is watched as a station, a node, a
mixer and a client of the broker would see it. ``run`` plays a rehearsal, ``refusals`` names what no wire can do.
"""

from __future__ import annotations

from showctl_sim.live.running import GRACE_NS, LiveResult, Seen, refusals, run
from showctl_sim.live.telling import telling, values

__all__ = ["GRACE_NS", "LiveResult", "Seen", "refusals", "run", "telling", "values"]
