"""Steps folded into the present, and what stations are told of it. CORE 18, SEMANTICS 27."""

from __future__ import annotations

import json

from showctl.lateness import Figures
from showctl.model import (
    LEVEL_MAX,
    SECOND_NS,
    Connection,
    CueSheet,
    Event,
    Hold,
    Master,
    Move,
    Region,
    Reply,
    Station,
    Step,
)
from showctl.stations import LEASE_NS, PEERS, Stations
from showctl.status import KEPT, Status

FOH, STAGE = "10.0.0.31:9000", "10.0.0.32:51234"


def room() -> CueSheet:
    regions = {name: Region(name, "rest", {}, "safe") for name in ("show", "supply")}
    connections = {"tablets": Connection("tablets", "osc", {}), "pedal": Connection("pedal", "serial_line", {})}
    stations = {
        each.name: each
        for each in [Station("foh", "tablets", "10.0.0.31"), Station("stage", "tablets", "10.0.0.32"),
                     Station("foot", "pedal", says={"DOWN": "go"}), Station("local", "", "127.0.0.1"),
                     Station("terminal", "terminal")]
    }
    return CueSheet("Room", connections, stations, (), {}, {}, (), {}, {}, {}, {}, regions, ("key",),
                    planned_ns=60 * SECOND_NS)


class House:
    """A status and its stations, fed with steps a second apart."""

    def __init__(self) -> None:
        self.status = Status(room())
        self.stations = Stations(self.status)
        self.number = 0

    def step(self, event: Event, *, at_s: int | None = None, **more) -> list[Reply]:
        self.number += 1
        at_ns = (self.number if at_s is None else at_s) * SECOND_NS
        step = Step(self.number, at_ns, event, **more)
        self.status.fold(step)
        return self.stations.on_step(step)

    def command(self, verb: str, *arguments, station: str = "foh", sender: str = FOH, **more) -> list[Reply]:
        more.setdefault("accepted", not more.get("refused"))
        return self.step(Event("command", verb, arguments, station, sender), **more)


def started(house: House) -> list[Reply]:
    return house.step(
        Event("started", "Room"),
        moves=(Move("show", "", "preset", (), ("preset",)), Move("supply", "", "parked", (), ("parked",))),
        started=("1",), standby=(("show", "2 Doors"),),
    )


def paths(replies: list[Reply]) -> dict[str, tuple]:
    return {reply.path: reply.arguments for reply in replies}


# ---- status ----

def test_states_standby_and_running_cues():
    house = House()
    started(house)
    assert house.status.states == {"show": "preset", "supply": "parked"}
    assert house.status.standby == {"show": "2 Doors", "supply": ""}
    assert list(house.status.running) == ["1"]
    house.step(Event("timer", "cue 1"), ended=("1",), started=("2", "2.5", "2.5"))
    house.step(Event("timer", "cue 2"), ended=("2.5",))
    assert list(house.status.running) == ["2", "2.5"]        # a cue may run twice
    house.step(Event("timer", "cue 2"), ended=("2.5", "9"))
    assert list(house.status.running) == ["2"]


def test_masters_pause_and_panic():
    house = House()
    house.command("master", 77, actions=(Master("grand", 77), Master("sub/key", 5), Master("blackout", LEVEL_MAX)))
    assert house.status.masters == {"grand": 77, "blackout": LEVEL_MAX, "sub/key": 5}
    house.command("pause", actions=(Hold(True),))
    assert house.status.paused
    house.command("panic", actions=(Hold(False),))
    assert (house.status.paused, house.status.panic) == (False, True)
    house.command("master", 1)
    assert house.status.panic                                # a master is no way on
    house.command("go", refused="go-gap")
    assert house.status.panic
    house.command("go")
    assert not house.status.panic
    house.command("panic")
    house.step(Event("edge", "door", True), accepted=False)
    assert house.status.panic
    house.step(Event("press", "lights", None, "foh", FOH), accepted=True)
    assert not house.status.panic


def test_goes_plan_sensors_and_disarmed_triggers():
    house = House()
    assert house.status.planned_over_ns is None
    house.command("go", at_s=10)
    house.command("go", at_s=11, refused="go-gap: foh pressed GO 100 ms before")
    house.command("go", at_s=80)
    assert house.status.goes == 2
    assert house.status.planned_over_ns == 10 * SECOND_NS
    house.command("sensors", False)                          # SEMANTICS 27
    house.command("trigger-disarm", "door")
    assert (house.status.automation, list(house.status.disarmed)) == (False, ["door"])
    house.command("trigger-arm", "door")
    house.command("sensors", True)
    assert (house.status.automation, list(house.status.disarmed)) == (True, [])
    house.command("reset")
    assert house.status.goes == 0


def test_missing_follows_lost_and_back_whatever_the_states_say():
    house = House()
    house.step(Event("lost", "panels"), refused="its guard does not hold")
    house.step(Event("lost", "door"))
    assert list(house.status.missing) == ["panels", "door"]
    house.step(Event("back", "panels"))
    assert list(house.status.missing) == ["door"]


def test_what_is_kept_is_bounded():
    house = House()
    for number in range(100):
        house.command("go", refused=f"reason {number}")
        house.step(Event("timer", "x"), said=(f"word {number}",))
    assert [each.reason for each in house.status.refusals] == [f"reason {n}" for n in range(100 - KEPT, 100)]
    assert [text for _, text in house.status.said] == [f"word {n}" for n in range(100 - KEPT, 100)]


def test_values_are_json_and_say_everything():
    house = House()
    started(house)
    house.command("go", refused="why not")
    values = house.status.as_values()
    assert json.loads(json.dumps(values)) == values
    assert values["states"] == {"show": "preset", "supply": "parked"}
    assert values["refused"] == [[2 * SECOND_NS, "foh", "go", "why not"]]


# ---- stations ----

def test_core_18_a_subscriber_gets_everything_then_changes():
    """CORE 18: pure, and sent by the connection that the station came by."""
    house = House()
    started(house)
    replies = house.command("subscribe")
    assert {(reply.to, reply.peer) for reply in replies} == {("tablets", FOH)}
    told = paths(replies)
    assert told["/showctl/accepted"] == ("subscribe",)
    assert told["/showctl/state/show"] == ("preset",)
    assert told["/showctl/standby/show"] == ("2 Doors",)
    assert told["/showctl/running"] == ("1",)
    assert told["/showctl/master"] == (1.0,)
    assert told["/showctl/sub/key"] == (1.0,)
    assert told["/showctl/blackout"] == (0,)
    replies = house.step(Event("timer", "x"), moves=(Move("show", "preset", "doors", ("preset",), ("doors",)),),
                         said=("Doors are open",))
    assert paths(replies) == {"/showctl/state/show": ("doors",), "/showctl/said": ("Doors are open",)}
    assert house.step(Event("heard", "sensors/door", "door false")) == []
    assert house.step(Event("timer", "x"), started=("2",)) == [Reply("tablets", FOH, "/showctl/running", ("1", "2"))]


def test_a_station_may_listen_on_another_port():
    house = House()
    replies = house.command("subscribe", 9001, sender=STAGE, station="stage")
    assert {reply.peer for reply in replies if reply.path != "/showctl/accepted"} == {"10.0.0.32:9001"}
    replies = house.command("go", sender=STAGE, station="stage", refused="go-gap")
    assert replies == [Reply("tablets", "10.0.0.32:9001", "/showctl/refused", ("go", "go-gap"))]


def test_a_station_that_sends_from_another_port_each_time_is_one_station():
    """An app that was started anew, or oscsend: told once, where it listens, for as long as it speaks."""
    house = House()
    house.command("subscribe", 9001, sender="10.0.0.32:50001", station="stage", at_s=1)
    house.command("subscribe", 9001, sender="10.0.0.32:50002", station="stage", at_s=2)
    assert len(house.stations.heartbeat(3 * SECOND_NS)) == 1
    replies = house.command("go", sender="10.0.0.32:50003", station="stage", refused="go-gap", at_s=50)
    said = "/showctl/refused", ("go", "go-gap")
    assert replies == [Reply("tablets", "10.0.0.32:50003", *said), Reply("tablets", "10.0.0.32:9001", *said)]
    assert len(house.stations.heartbeat(100 * SECOND_NS)) == 1
    house.command("unsubscribe", sender="10.0.0.32:50004", station="stage", at_s=101)
    assert house.stations.peers == {}


def test_the_press_is_answered_to_who_pressed():
    house = House()
    assert house.command("go") == [Reply("tablets", FOH, "/showctl/accepted", ("go",))]
    assert house.command("go", refused="go-gap") == [Reply("tablets", FOH, "/showctl/refused", ("go", "go-gap"))]
    event = Event("confirm", "water", None, "foh", FOH)
    assert house.step(event, refused="press again") == [
        Reply("tablets", FOH, "/showctl/refused", ("trigger/water", "press again"))
    ]
    event = Event("refused", "tablets/showctl/gogo", "no address", "foh", FOH)
    assert house.step(event, refused="no address") == [
        Reply("tablets", FOH, "/showctl/refused", ("/showctl/gogo", "no address"))
    ]
    assert house.command("go", station="local", sender="127.0.0.1:5")[0].to == "tablets"


def test_what_cannot_hear_is_not_answered():
    house = House()
    assert house.command("go", station="foot", sender="") == []
    assert house.command("go", station="terminal", sender="terminal") == []
    assert house.command("subscribe", station="foot", sender="") == []
    assert house.step(Event("edge", "door", True), refused="sensors are off") == []
    assert house.stations.peers == {}


def test_strangers_are_answered_once_a_second_all_together():
    """One packet in must not be many packets out, to an address that anybody may forge."""
    house = House()
    answered = 0
    for number in range(500):
        sender = f"10.9.{number % 7}.9:{1024 + number}"
        event = Event("refused", "tablets/go", "not a listed station", "", sender)
        answered += len(house.step(event, at_s=10 + number // 100, refused="not a listed station"))
    assert answered == 5


def test_a_dragged_fader_is_shown_to_the_others_only():
    house = House()
    house.command("subscribe")
    house.command("subscribe", sender=STAGE, station="stage")
    replies = house.command("master", 0, actions=(Master("grand", 0),))
    assert replies == [Reply("tablets", STAGE, "/showctl/master", (0.0,))]


def test_heartbeats_and_leases():
    house = House()
    house.command("subscribe", at_s=1)
    house.command("subscribe", sender=STAGE, station="stage", at_s=1)
    assert [reply.arguments for reply in house.stations.heartbeat(2 * SECOND_NS)] == [(1,), (1,)]
    house.step(Event("heard", "tablets/showctl/go", "released", "foh", FOH), at_s=30)      # any message renews
    beats = house.stations.heartbeat(SECOND_NS + LEASE_NS)
    assert beats == [Reply("tablets", FOH, "/showctl/heartbeat", (2,))]
    house.command("unsubscribe", at_s=62)
    assert house.stations.heartbeat(63 * SECOND_NS) == []


def test_stations_are_told_how_late_light_leaves():
    house = House()
    assert house.stations.late(Figures(9, 100_000, 400_000, 2_300_000), 3) == []
    house.command("subscribe", at_s=1)
    assert house.stations.late(Figures(9, 100_000, 400_000, 2_300_000), 3) == [
        Reply("tablets", FOH, "/showctl/late", (0.1, 0.4, 2.3, 3))]


def test_peers_are_bounded():
    house = House()
    for number in range(PEERS + 20):
        house.command("subscribe", sender=f"10.0.0.31:{2000 + number}")
    assert len(house.stations.peers) == PEERS
    assert f"10.0.0.31:{2000 + PEERS + 19}" in house.stations.peers
    assert "10.0.0.31:2000" not in house.stations.peers
