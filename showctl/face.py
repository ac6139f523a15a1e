"""What a terminal shows of a running show: status, health and what a rig received, put into one view."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from showctl import conditions, seen, vocabulary
from showctl.lateness import Figures
from showctl.model import LEVEL_MAX, SECOND_NS, CueSheet, Input, cue_text
from showctl.screen import Device, News, Region, View
from showctl.status import Refused, Status

BUTTON_KEYS = "1234567890"
SENSOR_KEYS = "asdfghjklzxcvm"      # b, p and q are taken


def buttons(sheet: CueSheet) -> list[tuple[str, str, str]]:
    """Key, address and words of the sheet's first ten buttons."""
    found = [rule for rule in sheet.triggers.values() if isinstance(rule, Input) and rule.kind == "button"]
    return [(key, vocabulary.address("trigger", rule.name), rule.label or rule.name)
            for key, rule in zip(BUTTON_KEYS, found, strict=False)]


def sensor_keys(triggers: Sequence[str]) -> dict[str, str]:
    """Key → trigger, for the first of a rig's sensors."""
    return dict(zip(SENSOR_KEYS, triggers, strict=False))


def look(
    status: Status, health: Mapping[str, Any], received: Mapping[str, Any], now_ns: int,
    sensors: Mapping[str, str], hint: str = "", notes: Sequence[str] = (),
) -> View:
    """The view at ``now_ns``. ``health`` is the daemon's, ``received`` a rig's reports, ``sensors`` key → trigger."""
    sheet = status.sheet
    return View(
        show=sheet.name, seconds=now_ns // SECOND_NS,
        regions=tuple(Region(name, state, _cue(sheet, status.standby[name])) for name, state in status.states.items()),
        running=tuple(_cue(sheet, number) for number in status.running),
        flags=tuple(_flags(status)),
        names=tuple(sheet.fixtures), lights=seen.lights(sheet, received.get("dmx", {})),
        faders=seen.faders(sheet, received.get("faders", {})),
        devices=tuple(_devices(status, health)), news=_news(status),
        buttons=tuple((key, words) for key, _, words in buttons(sheet)),
        sensors=tuple((key, name, _truth(sheet, name, received)) for key, name in sensors.items()),
        notes=tuple(notes), hint=hint,
    )


def _cue(sheet: CueSheet, number: str) -> str:
    """A cue's number with its name; any other text as it is."""
    return next((f"{number} {cue.name}".strip() for key, cue in sheet.cues.items() if cue_text(key) == number), number)


def _flags(status: Status) -> Iterator[str]:
    if status.panic:
        yield "panic"
    if status.paused:
        yield "paused"
    if status.masters["blackout"]:
        yield "blackout"
    if status.masters["grand"] < LEVEL_MAX:
        yield f"master {status.masters['grand'] * 100 // LEVEL_MAX}%"
    if status.parked:
        yield f"parked {', '.join(status.parked_names)}"
    if not status.automation:
        yield "sensors off"


def _devices(status: Status, health: Mapping[str, Any]) -> Iterator[Device]:
    links: Mapping[str, Mapping[str, Any]] = health.get("connections", {})
    for name, link in links.items():
        counts = [f"{link[what]} {what}" for what in ("losses", "malformed", "dropped") if link.get(what)]
        words = ", ".join(counts) if link["up"] else link["reason"] or "trying"
        yield Device(name, link["driver"], link["up"], words)
    late = health.get("ticks_late", {})
    if late.get("number"):
        skipped = f"; {health['skipped']} skipped" if health.get("skipped") else ""
        figures = Figures(**late)
        yield Device("light", "44 Hz", figures.p99_ns < SECOND_NS // 44, f"late by {figures.text}{skipped}")
    trouble = health.get("journal", {}).get("trouble")
    if trouble:
        yield Device("journal", "", False, f"nothing is recorded: {trouble}")
    for name in status.missing:
        if name not in links:
            yield Device(name, "sensor", False, "lost")


def _news(status: Status) -> tuple[News, ...]:
    """What was said and what was refused, oldest first."""
    said = [(at_ns, False, text) for at_ns, text in status.said]
    refused = [(each.at_ns, True, _reason(each)) for each in status.refusals]
    return tuple(News(at_ns // SECOND_NS, bad, text) for at_ns, bad, text in sorted(said + refused))


def _reason(refused: Refused) -> str:
    return refused.reason if refused.reason.startswith(refused.name) else f"{refused.name}: {refused.reason}"


def _truth(sheet: CueSheet, name: str, received: Mapping[str, Any]) -> bool | None:
    """How a sensor's condition reads what was last heard on its topic."""
    rule = sheet.triggers[name]
    if not isinstance(rule, Input) or rule.when is None:
        return None
    return conditions.read(rule.when, received.get("readings", {}).get(rule.address))
