"""What triggers listen to is something their connection ever tells; what nobody will hear is said.

A topic, a pin, a column or a slot that never comes is a sensor that never fires, and nothing else would show it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from showctl.model import Input
from showctl.sheet.draft import Draft
from showctl.sheet.merges import EARS
from showctl.sheet.problems import hint

SLOT = re.compile(r"dmx/(0|[1-9]\d{0,4})(?:/([1-9]\d{0,2}))?", re.ASCII)
NODE = re.compile(r"node/.+")
WRITE = {"artnet": "such as dmx/0/11 (universes 0 to 32767), or node/10.0.0.20",
         "sacn": "such as dmx/1/11 (universes 1 to 63999)"}
TOPIC_BYTES_MAX = 65_535

Settings = Mapping[str, Any]


def inputs(draft: Draft) -> None:
    """Say which addresses nobody will ever hear, and warn of a connection that listens nowhere."""
    listening = {merge.connection: None for merge in draft.merges.values()}
    for name, rule in draft.triggers.items():
        if not isinstance(rule, Input) or rule.connection not in draft.connections or rule.kind == "button":
            continue
        connection = draft.connections[rule.connection]
        listening[rule.connection] = None
        never = NEVER.get(connection.driver, _anything)
        if connection.driver == "serial_line" and not rule.address and _has_keys(connection.settings):
            several = f"'{name}' needs 'key': a line of '{rule.connection}' has several readings"
            draft.problems.key(("triggers", name), several)
        given = draft.entries.triggers[name]
        for key in ("topic", "address", "line", "key", "alive"):
            address = getattr(given, key)
            said = None if address is None else never(connection.settings, address)
            if said:
                draft.problems.at(("triggers", name, key), said)
    for name in listening:
        connection = draft.connections[name]
        if connection.driver in EARS and not connection.settings.get("interface"):
            draft.problems.warn(
                ("connections", name), f"'{name}' hears nothing: it needs 'interface', the network that desks are on")


# ---- one driver each: why an address is never told, or "" ----


def topic(_settings: Settings, text: str) -> str:
    """One topic as MQTT 5 has it (4.7): no wildcards, for a trigger is one thing in the room."""
    if any(wild in text for wild in "+#"):
        return f"'{text[:60]}' stands for many topics; a trigger listens to one, so write it without + and #"
    return unsendable(text)


def unsendable(text: str) -> str:
    """Why this is no name of a topic (MQTT 5, 4.7.3 and 1.5.4), or ""."""
    if not text or "\0" in text or len(text.encode()) > TOPIC_BYTES_MAX:
        return "a topic has at least one character, at most 65,535 bytes and no null; write such as 'zigbee2mqtt/door'"
    return ""


def _osc(_settings: Settings, text: str) -> str:
    return "" if text.startswith("/") else f"'{text[:60]}' is no OSC address; it begins with /"


def _pin(settings: Settings, text: str) -> str:
    lines = settings.get("lines")
    if not isinstance(lines, Mapping) or text in lines:
        return ""
    named = next((name for name, number in lines.items() if str(number) == text), None)
    if named is not None:
        return f"line {text} is heard by its name; write '{named}'"
    return f"no line '{text[:60]}' on this chip{hint(text, lines)}"


def _has_keys(settings: Settings) -> bool:
    return settings.get("lines", "word") in ("key=value", "csv")


def _reading(settings: Settings, text: str) -> str:
    kind, columns = settings.get("lines", "word"), settings.get("columns") or ()
    if not _has_keys(settings):
        return f"a line that reads as {kind} has no keys; leave 'key' out"
    if kind == "csv" and columns:
        return "" if text in columns else f"no column '{text[:60]}'{hint(text, columns)}"
    if kind == "csv" and not re.fullmatch(r"[1-9]\d?", text, re.ASCII):
        return f"no column '{text[:60]}': they are numbered from 1, for the connection names no 'columns'"
    return ""


def _slot(driver: str) -> Callable[[Settings, str], str]:
    return lambda _settings, text: (
        "" if hears(driver, text) else f"{driver} tells nothing at '{text[:60]}'; write {WRITE[driver]}")


def _anything(_settings: Settings, _text: str) -> str:
    return ""


NEVER: Mapping[str, Callable[[Settings, str], str]] = {
    "mqtt": topic, "osc": _osc, "gpio": _pin, "serial_line": _reading, "artnet": _slot("artnet"), "sacn": _slot("sacn"),
}


def hears(driver: str, address: str) -> bool:
    """Whether the driver tells anything at such an address."""
    slot = SLOT.fullmatch(address)
    if slot is None:
        return driver == "artnet" and NODE.fullmatch(address) is not None
    return int(slot[1]) in EARS[driver] and int(slot[2] or 1) <= 512
