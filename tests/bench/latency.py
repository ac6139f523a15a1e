"""W1 and W6: from a trigger to the light on an idle show, by OSC, MQTT and a serial line, beside relays and peers."""

from __future__ import annotations

import os
import socket
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from tests.bench import sheets, systems
from tests.bench.chapters import Chapter
from tests.bench.children import free_port
from tests.bench.figures import Line
from tests.bench.paired import Path as Way
from tests.bench.paired import Result, dealt, latencies
from tests.bench.peers import nodered
from tests.bench.players import NODE_RED, PEERS, Live, Place, Player, tried
from tests.bench.probe import mqtt_hand
from tests.bench.sizes import Size

STILL = slice(0, 200)      # slots of Corner Shop itself, and the marker


def w1(place: Place, size: Size) -> Chapter:
    """OSC: relays and showctl in one deal; then the floor and showctl again, with the peers."""
    own = showctl_and_relays(place, size)
    peers, missing = with_peers(place, size)
    return Chapter(
        "W1", "OSC to ArtDmx, twenty triggers a second",
        [latencies(own), latencies(peers)], [*own_lines(own), *peer_lines(peers)], notes=missing,
    )


def w6(place: Place, size: Size) -> Chapter:
    """MQTT through mosquitto, and a serial line."""
    found, missing = mqtt_and_serial(place, size)
    return Chapter("W6", "MQTT and serial to ArtDmx", [latencies(found)], other_lines(found), notes=missing)


# ---- W1 ----

def showctl_and_relays(place: Place, size: Size) -> list[Result]:
    """The tuned relay (the floor), the plain one; showctl's master and GO, at rest and on a universe that is fading."""
    round_sheet, drift_sheet = _round(place.folder), _round(place.folder, drifting=True)
    with ExitStack() as stack:
        ports = [free_port(socket.SOCK_DGRAM) for _ in range(2)]
        relays = [
            stack.enter_context(systems.relay(kind, str(port), place.folder))
            for kind, port in zip(("tuned", "plain"), ports, strict=True)
        ]
        shops = [
            stack.enter_context(systems.shop(sheet, place.broker_port, place.folder))
            for sheet in (sheets.CORNER_SHOP, round_sheet, drift_sheet, drift_sheet)
        ]
        for shop in shops:
            systems.wait_until_still(shop.eye, STILL)
        ways = [
            systems.bare_osc("bare relay, tuned", relays[0], ports[0]),
            systems.bare_osc("bare relay, plain asyncio", relays[1], ports[1]),
            systems.master(shops[0]), systems.go(shops[1]),
            systems.master(shops[2], ", fading"), systems.go(shops[3], ", fading"),
        ]
        return dealt(ways, [0] * len(ways), size.rounds, size.hands)


def with_peers(place: Place, size: Size) -> tuple[list[Result], list[str]]:
    """The tuned relay, showctl's master, and each peer that is there; and the lines that install the others."""
    there, missing = present(PEERS, place)
    with ExitStack() as stack:
        port = free_port(socket.SOCK_DGRAM)
        floor = stack.enter_context(systems.relay("tuned", str(port), place.folder))
        shop = stack.enter_context(systems.shop(sheets.CORNER_SHOP, place.broker_port, place.folder))
        peers = _all_up(stack, there, place)
        systems.wait_until_still(shop.eye, STILL)
        ways = [systems.bare_osc("bare relay, tuned", floor, port), systems.master(shop), *map(way, peers)]
        return dealt(ways, [0] * len(ways), size.rounds, size.peer_hands), missing


def _all_up(stack: ExitStack, players: Sequence[Player], place: Place) -> list[Live]:
    found = [tried(player, lambda player=player: stack.enter_context(player.start(place, 0))) for player in players]
    return [live for live in found if live]


def present(players: Sequence[Player], place: Place) -> tuple[list[Player], list[str]]:
    """Those that are installed, and a sentence for each that is not."""
    lines = [(player, player.missing(place)) for player in players]
    return [player for player, line in lines if not line], [
        f"{player.name} is not installed: `{line}`" for player, line in lines if line
    ]


def way(live: Live) -> Way:
    """A player's presses, at most 20 a second."""
    return Way(live.name, live.hand, live.eye, live.watch, systems.TWENTY_A_SECOND_NS)


def own_lines(found: Sequence[Result]) -> list[Line]:
    """The promises of OSC to ArtDmx."""
    tuned, plain, master, go, master_fading, go_fading = found
    return [
        _ratio(plain, tuned),
        _ratio(master, tuned, 1.6), _ratio(go, tuned, 2),
        _ratio(master_fading, tuned, 1.6), _ratio(go_fading, tuned, 2),
        *(Line(f"{each.name}: p99", each.p99_ms, "ms", each.samples) for each in found[2:]),
        Line("OSC triggers without an answer", sum(each.lost for each in found), "", _triggers(found), 0),
    ]


def peer_lines(found: Sequence[Result]) -> list[Line]:
    """Ahead of every peer that plays shows; OLA only relays."""
    _, master, *peers = found
    return [
        Line(f"showctl's p50 / {peer.name}'s", master.p50_ms / peer.p50_ms, "x", peer.samples,
             None if peer.name == "OLA" else 1)
        for peer in peers
    ]


# ---- W6 ----

def mqtt_and_serial(place: Place, size: Size) -> tuple[list[Result], list[str]]:
    """Each against its own bare relay. All share one broker, so only one shop hears the topic."""
    hears, deaf = _round(place.folder), _round(place.folder, "bench/elsewhere")
    there, missing = present((NODE_RED,), place)
    far, device = os.openpty()
    try:
        with ExitStack() as stack:
            bare_mqtt = stack.enter_context(systems.relay("mqtt", str(place.broker_port), place.folder))
            bare_serial = stack.enter_context(systems.relay("serial", os.ttyname(device), place.folder))
            shops = [stack.enter_context(systems.shop(each, place.broker_port, place.folder)) for each in (hears, deaf)]
            peers = _all_up(stack, there, place)
            for shop in shops:
                systems.wait_until_still(shop.eye, STILL)
            ways = [
                systems.bare_mqtt(bare_mqtt, place.broker_port), systems.mqtt(shops[0], place.broker_port),
                systems.bare_serial(bare_serial, far), systems.serial(shops[1]),
                *(_by_mqtt(peer, place) for peer in peers),
            ]
            return dealt(ways, [0, 0, 2, 2, 0][:len(ways)], size.rounds, size.other_hands), missing
    finally:
        os.close(far)
        os.close(device)


def _by_mqtt(peer: Live, place: Place) -> Way:
    hand = mqtt_hand(place.broker_port, nodered.TOPIC, b"40", b"201")
    return Way(f"{peer.name}, MQTT", hand, peer.eye, peer.watch, systems.AFTER_THE_FADES_NS)


def other_lines(found: Sequence[Result]) -> list[Line]:
    """The promises of MQTT and serial."""
    bare_mqtt, mqtt, bare_serial, serial, *peers = found
    return [
        _ratio(mqtt, bare_mqtt, 1.6), _ratio(serial, bare_serial, 2),
        *(Line(f"{mqtt.name}: p50 / {peer.name}", mqtt.p50_ms / peer.p50_ms, "x", peer.samples, 1) for peer in peers),
        Line("MQTT and serial triggers without an answer", sum(each.lost for each in found), "", _triggers(found), 0),
    ]


# ---- what they share ----

def _ratio(one: Result, floor: Result, at_most: float | None = None) -> Line:
    return Line(f"{one.name}: p50 / {floor.name}", one.ratio, "x", one.samples, at_most)


def _triggers(found: Sequence[Result]) -> int:
    return sum(each.samples + each.lost for each in found)


def _round(folder: Path, topic: str = sheets.TOPIC, *, drifting: bool = False) -> Path:
    text = sheets.going_round(sheets.CORNER_SHOP.read_text(encoding="utf-8"), topic, drifting=drifting)
    return sheets.write(folder / f"round-{topic.replace('/', '-')}{'-drifting' * drifting}.yaml", text)
