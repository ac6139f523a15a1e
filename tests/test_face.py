"""Status, health and a rig's reports, put into one view."""

from decimal import Decimal

from showctl import face
from showctl.model import Comparison, Connection, Cue, CueSheet, Event, Hold, Input, Master, Move, Region, Step
from showctl.screen import Device, News
from showctl.status import Status

CUES = {Decimal(3): "Host walks on", Decimal(4): "First story"}
CONTACT = Comparison(("contact",), "==", False)


def sheet() -> CueSheet:
    return CueSheet(
        "Small", {"sensors": Connection("sensors", "mqtt", {})}, {}, (), {}, {}, (), {}, {},
        {"door": Input("door", "sensors", "z/door", when=CONTACT),
         "bell": Input("bell", "sensors", "z/bell", kind="press"),
         "water": Input("water", kind="button", label="Water, please")},
        {number: Cue(number, name) for number, name in CUES.items()}, {"show": Region("show", "talk", {}, "safe")},
    )


def status() -> Status:
    found = Status(sheet())
    found.fold(Step(1, 0, Event("started", ""), (Move("show", "", "talk", (), ("talk",)),), started=("3",),
                    standby=(("show", "4"),), said=("Doors are open",)))
    return found


def test_a_running_show() -> None:
    view = face.look(status(), {}, {}, 61_000_000_000, {})
    assert (view.show, view.seconds, view.running) == ("Small", 61, ("3 Host walks on",))
    assert (view.regions[0].state, view.regions[0].standby) == ("talk", "4 First story")
    assert view.news == (News(0, False, "Doors are open"),)
    assert view.buttons == (("1", "Water, please"),)
    assert face.look(status(), {}, {}, 0, {}, notes=["port 1 is taken"]).notes == ("port 1 is taken",)
    assert face.buttons(sheet()) == [("1", "/showctl/trigger/water", "Water, please")]


def test_flags_say_what_is_unusual() -> None:
    found = status()
    assert face.look(found, {}, {}, 0, {}).flags == ()
    black = (Hold(True), Master("blackout", 5), Master("grand", 0))
    found.fold(Step(2, 1, Event("command", "panic", ()), actions=black))
    found.fold(Step(3, 2, Event("command", "sensors", (0,))))
    assert face.look(found, {}, {}, 0, {}).flags == ("panic", "paused", "blackout", "master 0%", "sensors off")


def test_refusals_stand_between_what_was_said() -> None:
    found = status()
    found.fold(Step(2, 5_000_000_000, Event("command", "go", (), "foh"), refused="go-gap: too early"))
    found.fold(Step(2, 6_000_000_000, Event("command", "back", (), "foh"), refused="paused"))
    found.fold(Step(3, 9_000_000_000, Event("edge", "door", True), said=("Late guests",)))
    news = face.look(found, {}, {}, 0, {}).news
    assert [each.text for each in news] == ["Doors are open", "go-gap: too early", "back: paused", "Late guests"]


def test_connections_with_their_health() -> None:
    link = {"driver": "mqtt", "up": True, "reason": "", "losses": 2, "malformed": 0, "dropped": 1}
    links = {"sensors": link, "panels": link | {"driver": "artnet", "up": False, "reason": "no route"},
             "pedal": link | {"driver": "serial_line", "up": None}}
    health = {"connections": links, "journal": {"trouble": "disk full"}}
    found = status()
    found.fold(Step(2, 1, Event("lost", "door")))
    assert face.look(found, health, {}, 0, {}).devices == (
        Device("sensors", "mqtt", True, "2 losses, 1 dropped"), Device("panels", "artnet", False, "no route"),
        Device("pedal", "serial_line", None, "trying"), Device("journal", "", False, "nothing is recorded: disk full"),
        Device("door", "sensor", False, "lost"))


def test_how_late_light_leaves_stands_among_the_devices() -> None:
    health = {"ticks_late": {"number": 2640, "p50_ns": 120_000, "p99_ns": 410_000, "worst_ns": 2_300_000}, "skipped": 3}
    assert face.look(status(), health, {}, 0, {}).devices == (
        Device("light", "44 Hz", True, "late by p50 0.1, p99 0.4, worst 2.3 ms; 3 skipped"),)
    health["ticks_late"] |= {"p99_ns": 23_000_000}
    assert [each.up for each in face.look(status(), health, {}, 0, {}).devices] == [False]


def test_sensors_read_what_was_last_heard() -> None:
    keys = face.sensor_keys(["door", "bell"])
    assert keys == {"a": "door", "s": "bell"}
    received = {"readings": {"z/door": '{"contact": false}', "z/bell": "ON"}}
    assert face.look(status(), {}, received, 0, keys).sensors == (("a", "door", True), ("s", "bell", None))
    assert face.look(status(), {}, {}, 0, keys).sensors == (("a", "door", None), ("s", "bell", None))
