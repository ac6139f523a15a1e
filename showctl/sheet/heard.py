"""DMX in: what is wanted of a connection is something its driver hears, on a network that the sheet names."""

from __future__ import annotations

import re

from showctl.model import Input
from showctl.sheet.draft import Draft
from showctl.sheet.merges import EARS

SLOT = re.compile(r"dmx/(0|[1-9]\d{0,4})(?:/([1-9]\d{0,2}))?", re.ASCII)
NODE = re.compile(r"node/.+")
WRITE = {"artnet": "such as dmx/0/11 (universes 0 to 32767), or node/10.0.0.20",
         "sacn": "such as dmx/1/11 (universes 1 to 63999)"}


def dmx(draft: Draft) -> None:
    """Say which addresses nobody will ever hear, and warn of a connection that listens nowhere."""
    listening = {merge.connection: None for merge in draft.merges.values()}
    for name, rule in draft.triggers.items():
        if not isinstance(rule, Input) or rule.connection not in draft.connections:
            continue
        driver = draft.connections[rule.connection].driver
        if driver not in EARS or rule.kind == "button":
            continue
        listening[rule.connection] = None
        for key, address in (("address", rule.address), ("alive", rule.alive)):
            if address and not hears(driver, address):
                draft.problems.at(
                    ("triggers", name, key), f"{driver} tells nothing at '{address[:60]}'; write {WRITE[driver]}")
    for name in listening:
        connection = draft.connections[name]
        if connection.driver in EARS and not connection.settings.get("interface"):
            draft.problems.warn(
                ("connections", name), f"'{name}' hears nothing: it needs 'interface', the network that desks are on")


def hears(driver: str, address: str) -> bool:
    """Whether the driver tells anything at such an address."""
    slot = SLOT.fullmatch(address)
    if slot is None:
        return driver == "artnet" and NODE.fullmatch(address) is not None
    return int(slot[1]) in EARS[driver] and int(slot[2] or 1) <= 512
