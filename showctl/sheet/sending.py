"""What can be sent: the mixer's faders, and the commands that cues and states name."""

from __future__ import annotations

from showctl import laws
from showctl.codec import midi
from showctl.model import LEVEL_MAX, Address, Command, FaderPatch, Parameter
from showctl.sheet import heard
from showctl.sheet.draft import Draft, carries, named
from showctl.sheet.models import CommandEntry, FaderEntry
from showctl.sheet.problems import Path

# ---- faders ----

FADER_STEPS = {"cc": 127, "cc14": 16383, "nrpn": 16383, "nrpn7": 127, "bend": 16383, "osc": LEVEL_MAX}
WITHOUT_CHANNEL = ("address", "parameter")
TOUCH_CHANNEL = 1          # all the fingers of a Mackie Control speak there, whatever channel the fader has


def faders(draft: Draft) -> None:
    """Fill ``draft.faders``, each with a parameter of its own; two on one address are an error."""
    taken: dict[tuple[str, Address], str] = {}
    for name, entry in draft.entries.faders.items():
        path: Path = ("faders", name)
        if not named(draft, path, name) or not draft.known((*path, "to"), "connection", entry.to, "connections"):
            continue
        address = _fader_address(draft, path, entry)
        law = fader_law(draft, path, entry)
        if address is None or law is None or not carries(draft, (*path, "to"), entry.to, str(address[0])):
            continue
        other = taken.setdefault((entry.to, address), name)
        if other != name:
            draft.problems.key(path, f"'{name}' and '{other}' are the same fader of '{entry.to}'")
        _fader(draft, path, entry, address, law)


def _fader(draft: Draft, path: Path, entry: FaderEntry, address: Address, law: laws.Law) -> None:
    name = str(path[-1])
    ceiling, start = LEVEL_MAX, None
    try:
        if "ceiling" in entry.model_fields_set:
            ceiling = law.position(entry.ceiling)
    except ValueError as error:
        draft.problems.at((*path, "ceiling"), str(error))
    try:
        if "start" in entry.model_fields_set:
            start = law.position(entry.start)
    except ValueError as error:
        draft.problems.at((*path, "start"), str(error))
    if start is not None and start > ceiling:
        draft.problems.at((*path, "start"), f"'{name}' would start above its own ceiling")
    number = len(draft.parameters)
    draft.parameters.append(Parameter(number, name, "fader", 0, ceiling, start or 0))
    touch: Address | None = None if entry.touch is None else ("note", TOUCH_CHANNEL, entry.touch)
    draft.faders[name] = FaderPatch(
        name, entry.to, address, _steps(draft, path, entry, address), number, ceiling, start, law.name, None, touch
    )


def _fader_address(draft: Draft, path: Path, entry: FaderEntry) -> Address | None:
    kinds = ("cc", "cc14", "nrpn", "nrpn7", "bend", "parameter", "address")
    given = {kind: value for kind in kinds if (value := getattr(entry, kind)) is not None and value is not False}
    if len(given) != 1:
        if not draft.problems.touched(path):
            draft.problems.key(
                path, f"'{path[-1]}' needs one of: channel with cc, cc14, nrpn, nrpn7 or bend; parameter; or address"
            )
        return None
    ((kind, value),) = given.items()
    for key, partners in (("then", ("nrpn7",)), ("steps", ("parameter", "address"))):
        if getattr(entry, key) is not None and kind not in partners:
            draft.problems.at((*path, key), f"'{key}' goes with {' or '.join(partners)}")
    address = placed(draft, path, kind, value, entry.channel)
    return (*address, entry.then) if address is not None and kind == "nrpn7" and entry.then is not None else address


def placed(draft: Draft, path: Path, kind: str, value: int | str, channel: int | None) -> Address | None:
    """The address of one kind; None where something is wrong with it, which is said."""
    if kind == "address":
        return ("osc", str(value)) if _osc_path(draft, path, str(value)) else None
    if kind == "parameter":
        try:
            return ("parameter", midi.spelled(str(value)))
        except ValueError as error:
            draft.problems.at((*path, kind), str(error))
            return None
    if channel is None:
        if not draft.problems.touched(path):
            draft.problems.key(path, f"'{path[-1]}' needs a MIDI 'channel' beside its '{kind}'")
        return None
    return (kind, channel) if value is True else (kind, channel, value)


def _steps(draft: Draft, path: Path, entry: FaderEntry, address: Address) -> int:
    if address[0] != "parameter":
        return entry.steps or FADER_STEPS[str(address[0])]
    digits = midi.template(str(address[1]))[1]
    full = (1 << 7 * digits) - 1
    if entry.steps is not None and entry.steps > full:
        draft.problems.at((*path, "steps"), f"{digits} vv carry 0 to {full}; write as many vv as the value needs")
    return entry.steps or full


def fader_law(draft: Draft, path: Path, entry: FaderEntry) -> laws.Law | None:
    """The fader's own law, else its connection's, else ``linear``."""
    connection = draft.connections.get(entry.to)
    stated = connection.settings.get("law") if connection is not None else None
    try:
        return laws.find(entry.law or str(stated or "linear"))
    except ValueError as error:
        where = (*path, "law") if entry.law else ("connections", entry.to, "law")
        draft.problems.at(where, str(error))
        return None


def _osc_path(draft: Draft, path: Path, address: str) -> bool:
    if address.startswith("/") and not any(each in address for each in " #*,?[]{}"):
        return True
    draft.problems.at(
        (*path, "address"),
        f"'{address[:60]}' is no OSC address; it begins with / and has no spaces or # * , ? [ ] {{ }}",
    )
    return False


# ---- commands ----


def commands(draft: Draft) -> None:
    """Fill ``draft.commands``, and ``fixed`` for those that say always the same."""
    for name, entry in draft.entries.commands.items():
        path: Path = ("commands", name)
        if not named(draft, path, name) or not draft.known((*path, "to"), "connection", entry.to, "connections"):
            continue
        address = _command_address(draft, path, entry)
        if address is None or not carries(draft, (*path, "to"), entry.to, str(address[0])):
            continue
        if entry.program is not None:
            draft.fixed[name] = entry.program
        elif entry.sysex is not None:
            draft.fixed[name] = entry.sysex
        recalls = bool(entry.scene) if entry.recalls is None else entry.recalls
        draft.commands[name] = Command(name, entry.to, address, entry.expires, entry.hazard or "", recalls)


def _command_address(draft: Draft, path: Path, entry: CommandEntry) -> Address | None:
    kinds = {
        "topic": entry.topic,
        "address": entry.address,
        "note": entry.note,
        "program": entry.program,
        "sysex": entry.sysex,
        "scene": entry.scene or None,
    }
    given = {kind: value for kind, value in kinds.items() if value is not None}
    wants_channel = any(kind in given for kind in ("note", "program", "scene"))
    if len(given) != 1 or wants_channel != (entry.channel is not None):
        if not draft.problems.touched(path):
            draft.problems.key(
                path, f"'{path[-1]}' needs one of: topic, address, channel with note, program or scene, or sysex"
            )
        return None
    ((kind, value),) = given.items()
    channel = entry.channel or 0
    match kind:
        case "topic":
            if any(wild in str(value) for wild in "+#"):
                draft.problems.at((*path, "topic"), "a command goes to one topic; + and # are for listening")
                return None
            if said := heard.unsendable(str(value)):
                draft.problems.at((*path, "topic"), said)
                return None
            return ("topic", str(value))
        case "address":
            return ("osc", str(value)) if _osc_path(draft, path, str(value)) else None
        case "note":
            return ("note", channel, entry.note or 0)
        case "program" | "scene":
            return (kind, channel)
        case _:
            return ("sysex",)
