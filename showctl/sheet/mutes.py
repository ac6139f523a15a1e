"""Mutes: each fader may say what mutes its channel; a cue or a state then says ``mute: {host-mic: on}``.

A mute is an edge like any other (SEMANTICS 29): sent once, in order, never again when the mixer is back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from showctl.model import Address, Command, Message, Value
from showctl.sheet.draft import Draft, carries
from showctl.sheet.models import MuteEntry
from showctl.sheet.problems import Path
from showctl.sheet.sending import placed

ON_OFF: Mapping[str, tuple[int, int]] = {
    "note": (127, 63), "cc": (127, 0), "nrpn": (1, 0), "parameter": (0, 1), "address": (0, 1),
}  # fmt: skip
"""By kind, what mutes and what opens. Where the number says that the channel is on, 0 mutes (X32, Yamaha)."""


def mutes(draft: Draft) -> None:
    """Give each fader that can be muted its two values, and a command ``mute/<fader>`` that carries them."""
    for name, entry in draft.entries.faders.items():
        fader = draft.faders.get(name)
        if fader is None or entry.mute is None:
            continue
        path: Path = ("faders", name, "mute")
        made = _mute(draft, path, entry.mute, entry.channel)
        if made is None or not carries(draft, path, fader.to, str(made[0][0])):
            continue
        address, on, off = made
        draft.commands[command(name)] = Command(command(name), fader.to, address)
        draft.faders[name] = replace(fader, mute=(on, off))


def command(fader: str) -> str:
    """The name of the command that mutes a fader; no command of the sheet can have it, for no name has a slash."""
    return f"mute/{fader}"


def muted(draft: Draft, path: Path, wishes: Mapping[str, bool]) -> tuple[Message, ...]:
    """What an entry's ``mute`` sends."""
    found = []
    for name, on in wishes.items():
        where = (*path, "mute", name)
        if not draft.known(where, "fader", name, "faders"):
            continue
        values = draft.faders[name].mute
        if values is None:
            if not draft.problems.touched(("faders", name, "mute")):
                draft.problems.at(where, f"nobody knows what mutes '{name}'; give the fader a 'mute'")
            continue
        found.append(Message(command(name), values[0 if on else 1]))
    return tuple(found)


def _mute(draft: Draft, path: Path, entry: MuteEntry, channel: int | None) -> tuple[Address, Value, Value] | None:
    given = {kind: getattr(entry, kind) for kind in ON_OFF if getattr(entry, kind) is not None}
    if len(given) != 1:
        if not draft.problems.touched(path):
            draft.problems.key(path, "a mute needs one of: note, cc, nrpn, parameter or address")
        return None
    ((kind, value),) = given.items()
    address = placed(draft, path, kind, value, entry.channel or channel)
    if address is None:
        return None
    usual = ON_OFF[kind]
    on, off = usual[0] if entry.on is None else entry.on, usual[1] if entry.off is None else entry.off
    for key, said in (("on", on), ("off", off)):
        if kind in ("note", "cc") and said > 127:
            draft.problems.at((*path, key), f"a {kind} carries 0 to 127")
            return None
    if on == off:
        draft.problems.key(path, f"{on} would mute and open; 'on' and 'off' differ")
        return None
    if kind == "note" and 0 not in (on, off):
        address = ("tap", *address[1:])      # a press: both say it by how hard, and then let go
    return (address, (on,), (off,)) if kind == "address" else (address, on, off)
