"""Level inputs and combinations: CORE 3, SEMANTICS 18, 21 (unknown), 23 to 26."""

from __future__ import annotations

import itertools

import pytest

from showctl.conditioning import combined
from showctl.model import SECOND_NS, Combination, Event, Input
from tests.rooms import CONTACT, MS, SEAT, SEAT_FREE, Bench, combination, level, told

SEATS = (level("seat-1"), level("seat-2"))


def reasons(events):
    return [event.value for _, event in events if event.kind in ("heard", "refused")]


# ---- baselines and edges ----

def test_core_3_a_level_needs_a_known_before():
    """CORE 3, SEMANTICS 23: the first value is a baseline, repeats say nothing, changes are edges."""
    bench = Bench(level("door"))
    said = [bench.mqtt(ms, "door", word) for ms, word in enumerate(["ON", "ON", "OFF", "OFF", "ON"])]
    assert [told(events) for events in said] == [
        [], [], [(2, "edge", "door", False)], [], [(4, "edge", "door", True)],
    ]


def test_semantics_23_retained_and_republished_values_fire_nothing_but_are_a_good_before():
    bench = Bench(level("door"))
    assert told(bench.mqtt(1, "door", "OFF", retained=True)) == []
    assert told(bench.mqtt(2, "door", "ON", retained=True)) == []
    assert told(bench.mqtt(3, "door", "OFF")) == [(3, "edge", "door", False)]
    assert told(bench.mqtt(4, "door", "OFF")) == []


def test_semantics_23_initial_makes_the_first_opening_count():
    bench = Bench(level("door", initial=False))
    assert bench.room.truth("door") is None             # declared is not read
    assert told(bench.mqtt(1, "door", "ON")) == [(1, "edge", "door", True)]
    assert bench.room.truth("door") is True


def test_semantics_23_the_first_opening_after_a_restart_fires_where_initial_says_closed():
    bench = Bench(level("door", initial=False), level("window"))
    for name in ("door", "window"):
        bench.mqtt(1, name, "OFF")
    events = bench.says(2, "", "resumed", 7)
    assert told(events) == [(2, "resumed", "", 7)]
    assert bench.room.truth("door") is None
    assert told(bench.mqtt(3, "door", "ON")) == [(3, "edge", "door", True)]
    assert told(bench.mqtt(4, "window", "ON")) == []


def test_a_reading_that_cannot_be_compared_is_unknown_and_the_next_is_a_baseline():
    """ESPHome says nan when a sensor fails. Unknown is shown, never true."""
    bench = Bench(level("seat", when=SEAT))
    bench.mqtt(1, "seat", "0.1")
    events = bench.mqtt(2, "seat", "nan")
    assert [event.kind for _, event in events] == ["refused"]
    assert "unknown" in reasons(events)[0]
    assert bench.room.truth("seat") is None
    assert told(bench.mqtt(3, "seat", "0.8")) == []
    assert told(bench.mqtt(4, "seat", "0.2")) == [(4, "edge", "seat", False)]


def test_a_message_that_does_not_speak_of_the_reading_changes_nothing():
    bench = Bench(level("door", when=CONTACT))
    bench.mqtt(1, "door", '{"contact":true}')
    events = bench.mqtt(2, "door", '{"battery":90}')
    assert (told(events), reasons(events)) == ([], ["door is not in it"])
    events = bench.mqtt(3, "door", "garbage")
    assert events[0][1] == Event("refused", "sensors/door", "door: cannot read 'garbage'")
    assert told(bench.mqtt(4, "door", '{"contact":false}')) == [(4, "edge", "door", True)]


def test_one_topic_may_feed_several_inputs():
    bench = Bench(*(level(name, "cart/state", when=when) for name, when in [("a", CONTACT), ("b", CONTACT)]))
    bench.mqtt(1, "cart/state", '{"contact":true}')
    assert told(bench.mqtt(2, "cart/state", '{"contact":false}')) == [
        (2, "edge", "a", True), (2, "edge", "b", True),
    ]


# ---- SEMANTICS 18: what reads as true at entry ----

def test_semantics_18_good_values_read_and_retained_ones_only_while_alive():
    bench = Bench(level("plain"), level("safe", alive="safe/online"), level("late", alive="late/online"))
    bench.mqtt(1, "safe/online", "online", retained=True)
    for name in ("plain", "safe", "late"):
        bench.mqtt(2, name, "ON", retained=True)
    assert [bench.room.truth(name) for name in ("plain", "safe", "late")] == [None, True, None]
    bench.mqtt(3, "late/online", '{"state":"online"}', retained=True)
    assert bench.room.truth("late") is True
    bench.mqtt(4, "plain", "ON")
    assert bench.room.truth("plain") is True
    assert told(bench.mqtt(5, "late", "OFF")) == [(5, "edge", "late", False)]


def test_semantics_18_a_retained_value_of_a_dead_source_stays_unknown():
    bench = Bench(level("door", alive="door/online"))
    bench.mqtt(1, "door", "ON", retained=True)
    assert told(bench.mqtt(2, "door/online", "offline", retained=True)) == []
    assert bench.room.truth("door") is None
    assert told(bench.run(20 * SECOND_NS)) == []        # SEMANTICS 25: never for an input not yet heard


# ---- SEMANTICS 24: every kind of reconnect ----

def test_semantics_24_after_our_own_reconnect_the_next_value_is_a_baseline():
    bench = Bench(level("door"), level("seat"))
    for name in ("door", "seat"):
        bench.mqtt(1, name, "OFF")
    bench.says(10, "", "lost", "sensors")
    assert [bench.room.truth(name) for name in ("door", "seat")] == [None, None]
    bench.says(20, "", "back", "sensors")
    assert told(bench.mqtt(21, "door", "ON")) == []
    assert told(bench.mqtt(22, "seat", "OFF", retained=True)) == []
    assert told(bench.mqtt(23, "seat", "ON")) == [(23, "edge", "seat", True)]
    assert told(bench.mqtt(24, "door", "OFF")) == [(24, "edge", "door", False)]


def test_semantics_24_a_bridge_that_restarts_and_resends_cached_values_live():
    """zigbee2mqtt#4225: the values come without the retain flag; only ``alive`` shows the restart."""
    bench = Bench(level("door", alive="bridge"))
    bench.mqtt(1, "bridge", "online")
    bench.mqtt(2, "door", "OFF")
    bench.mqtt(3, "bridge", "offline")
    assert told(bench.mqtt(4, "door", "ON")) == []          # not believed while offline
    bench.mqtt(5, "bridge", "online")
    assert bench.room.truth("door") is None
    assert told(bench.mqtt(6, "door", "ON")) == []
    assert told(bench.mqtt(7, "door", "OFF")) == [(7, "edge", "door", False)]


def test_semantics_24_inputs_never_heard_are_unknown():
    bench = Bench(level("door"))
    assert bench.room.conditioning.quality("door") == "unknown"
    bench.mqtt(1, "door", "ON")
    assert bench.room.conditioning.quality("door") == "good"
    bench.says(2, "", "lost", "sensors")
    assert bench.room.conditioning.quality("door") == "stale"


# ---- SEMANTICS 25: lost and back ----

def test_semantics_25_silence_is_lost_after_its_grace_and_back_with_the_next_value():
    bench = Bench(level("seat", silent_ns=30 * SECOND_NS))
    bench.mqtt(1, "seat", "ON")
    bench.run(30 * SECOND_NS + 2 * MS)
    assert bench.room.truth("seat") is None                 # stale at once, missed later
    assert told(bench.run(60 * SECOND_NS)) == [(35_001, "lost", "seat", None)]
    assert told(bench.mqtt(61_000, "seat", "OFF")) == [(61_000, "back", "seat", None)]
    assert told(bench.mqtt(61_001, "seat", "ON")) == [(61_001, "edge", "seat", True)]


def test_semantics_25_back_within_the_grace_was_never_missed():
    bench = Bench(level("seat", silent_ns=SECOND_NS))
    bench.mqtt(1, "seat", "ON")
    assert told(bench.run(5 * SECOND_NS)) == []
    assert told(bench.mqtt(5_500, "seat", "OFF")) == []     # a baseline
    assert told(bench.run(6_400 * MS)) == []                # the grace would have ended at 6.001 s


def test_semantics_25_who_is_missed_is_not_missed_twice():
    bench = Bench(level("door", alive="lwt", silent_ns=SECOND_NS))
    bench.mqtt(1, "door", "OFF")
    assert told(bench.run(7 * SECOND_NS)) == [(6_001, "lost", "door", None)]
    bench.mqtt(8_000, "lwt", "offline")
    assert told(bench.run(60 * SECOND_NS)) == []


def test_semantics_25_alive_says_lost_and_back():
    bench = Bench(level("door", alive="lwt"))
    bench.mqtt(1, "lwt", "Online")
    bench.mqtt(2, "door", "OFF")
    assert told(bench.mqtt(10, "lwt", "Offline")) == []
    assert told(bench.mqtt(11, "lwt", "Offline")) == []
    assert told(bench.run(6 * SECOND_NS)) == [(5_010, "lost", "door", None)]
    assert told(bench.mqtt(7_000, "lwt", "Online")) == [(7_000, "back", "door", None)]


def test_semantics_25_never_for_an_input_not_yet_heard():
    bench = Bench(level("door", alive="lwt", silent_ns=SECOND_NS))
    bench.mqtt(1, "lwt", "offline")
    assert told(bench.run(60 * SECOND_NS)) == []


def test_semantics_25_none_by_default_a_contact_speaks_on_change_only():
    bench = Bench(level("door"))
    bench.mqtt(1, "door", "ON")
    assert told(bench.run(10_000 * SECOND_NS)) == []
    assert bench.room.truth("door") is True


def test_semantics_25_a_connection_is_lost_after_its_grace():
    bench = Bench()
    assert told(bench.says(1, "", "back", "panels")) == [(1, "returned", "panels", None)]
    assert bench.room.ready("panels")
    assert told(bench.says(10, "", "lost", "panels")) == []
    assert not bench.room.ready("panels")
    assert told(bench.says(20, "", "back", "panels")) == [(20, "returned", "panels", None)]
    assert told(bench.run(10 * SECOND_NS)) == []
    bench.says(20_000, "", "lost", "panels")
    assert told(bench.says(24_000, "", "lost", "panels")) == []     # said twice, missed once
    assert told(bench.run(30 * SECOND_NS)) == [(25_000, "lost", "panels", None)]
    assert told(bench.says(31_000, "", "back", "panels")) == [(31_000, "back", "panels", None)]


def test_a_sensor_that_never_speaks_after_a_reconnect_is_missed():
    bench = Bench(level("seat", silent_ns=SECOND_NS))
    bench.mqtt(1, "seat", "ON")
    bench.says(10, "", "lost", "sensors")
    bench.says(20, "", "back", "sensors")
    assert told(bench.run(60 * SECOND_NS)) == [(6_020, "lost", "seat", None)]


def test_a_chatty_sensor_does_not_fill_the_memory_with_wake_ups():
    bench = Bench(level("seat", silent_ns=3_600 * SECOND_NS))
    for ms in range(5_000):
        bench.mqtt(ms, "seat", "ON")
    assert len(bench.timers._heap) < 1_000
    assert bench.timers.due_ns == 4_999 * MS + 3_600 * SECOND_NS


def test_after_a_restart_connections_have_their_grace():
    bench = Bench()
    bench.says(1, "", "back", "panels")
    bench.says(2, "", "back", "mixer")
    bench.says(10, "", "resumed", 3 * SECOND_NS)
    assert not bench.room.ready("panels")
    bench.says(20, "", "back", "mixer")
    assert told(bench.run(9 * SECOND_NS)) == [(5_010, "lost", "panels", None)]


# ---- SEMANTICS 26 ----

def test_semantics_26_debounce_waits_for_stable_and_adds_its_length():
    bench = Bench(level("door", debounce_ns=100 * MS))
    bench.mqtt(1, "door", "OFF")
    assert told(bench.mqtt(1_000, "door", "ON")) == []
    assert told(bench.run(3 * SECOND_NS)) == [(1_100, "edge", "door", True)]


def test_semantics_26_debounce_swallows_what_does_not_last_and_leaves_no_timer():
    """CORE 2: a cancelled debounce leaves no step."""
    bench = Bench(level("door", debounce_ns=100 * MS))
    bench.mqtt(1, "door", "OFF")
    for ms in range(1000, 3000, 60):
        assert told(bench.mqtt(ms, "door", "ON")) == []
        assert told(bench.mqtt(ms + 30, "door", "OFF")) == []
    assert bench.timers.due_ns is None


def test_debounce_does_not_start_again_with_every_repeat():
    bench = Bench(level("door", debounce_ns=100 * MS))
    bench.mqtt(1, "door", "OFF")
    events = list(itertools.chain.from_iterable(bench.mqtt(ms, "door", "ON") for ms in range(1000, 1200, 20)))
    assert told(events) == [(1_100, "edge", "door", True)]


def test_semantics_26_lockout_fires_at_once_then_ignores():
    bench = Bench(level("door", lockout_ns=5 * SECOND_NS))
    bench.mqtt(1, "door", "OFF")
    events = []
    for ms in range(1000, 3000, 100):                       # a door flaps 10 times in 2 s
        events += bench.mqtt(ms, "door", "ON") + bench.mqtt(ms + 50, "door", "OFF")
    assert told(events) == [(1_000, "edge", "door", True), (1_050, "edge", "door", False)]
    assert "true, inside its lockout" in reasons(events)
    assert told(bench.mqtt(6_100, "door", "ON")) == [(6_100, "edge", "door", True)]


def test_semantics_26_for_is_how_long_a_condition_must_hold():
    bench = Bench(level("seat", for_ns=2 * SECOND_NS))
    bench.mqtt(1, "seat", "OFF")
    bench.mqtt(1_000, "seat", "ON")
    assert bench.room.truth("seat") is False                # it has not held yet
    bench.mqtt(2_500, "seat", "OFF")
    assert bench.timers.due_ns is None
    bench.mqtt(3_000, "seat", "ON")
    assert told(bench.mqtt(4_000, "seat", "ON")) == []
    assert told(bench.run(9 * SECOND_NS)) == [(5_000, "edge", "seat", True)]
    assert told(bench.mqtt(10_000, "seat", "OFF")) == [(10_000, "edge", "seat", False)]


def test_for_after_a_baseline_becomes_true_without_an_edge():
    bench = Bench(level("seat", for_ns=2 * SECOND_NS))
    bench.mqtt(1, "seat", "ON")
    assert bench.room.truth("seat") is None
    events = bench.run(3 * SECOND_NS)
    assert told(events) == []
    assert bench.room.truth("seat") is True


def test_semantics_4_panic_ends_a_hold_without_an_edge():
    """SEMANTICS 4: panic cancels held conditions."""
    bench = Bench(level("seat", for_ns=2 * SECOND_NS))
    bench.mqtt(1, "seat", "OFF")
    bench.mqtt(1_000, "seat", "ON")
    bench.room.let_go()
    assert told(bench.run(9 * SECOND_NS)) == []
    assert bench.room.truth("seat") is True


def test_rate_limit():
    bench = Bench(level("door", rate_limit=(2, 10 * SECOND_NS)))
    bench.mqtt(0, "door", "OFF")
    events = []
    for ms in range(1_000, 30_000, 1_000):
        events += bench.mqtt(ms, "door", "ON" if ms % 2_000 else "OFF")
    assert [at for at, *_ in told(events)] == [1_000, 2_000, 11_000, 12_000, 21_000, 22_000]


def test_hysteresis_becomes_false_only_at_until():
    bench = Bench(level("seat", when=SEAT, until=SEAT_FREE))
    events = []
    for ms, weight in enumerate(["0.5", "0.61", "0.59", "0.46", "0.44", "0.5", "0.60", "0.7"]):
        events += bench.mqtt(ms, "seat", weight)
    assert told(events) == [(1, "edge", "seat", True), (4, "edge", "seat", False), (7, "edge", "seat", True)]


def test_semantics_24_hysteresis_begins_anew_after_a_reconnect():
    """Between the thresholds nobody can say; a seat is free until it is known to be taken."""
    bench = Bench(level("seat", when=SEAT, until=SEAT_FREE))
    bench.mqtt(1, "seat", "0.7")
    bench.says(2, "", "lost", "sensors")
    bench.mqtt(3, "seat", "0.5")
    assert bench.room.truth("seat") is False


def test_hysteresis_holds_while_debounce_waits():
    bench = Bench(level("seat", when=SEAT, until=SEAT_FREE, debounce_ns=100 * MS))
    for ms, weight in [(0, "0.1"), (1000, "0.7"), (1040, "0.55"), (1080, "0.7")]:
        bench.mqtt(ms, "seat", weight)
    assert told(bench.run(2 * SECOND_NS)) == [(1_100, "edge", "seat", True)]


# ---- combinations ----

@pytest.mark.parametrize(("mode", "count", "values", "answer"), [
    ("all", 0, "TT", True), ("all", 0, "TF", False), ("all", 0, "T?", None), ("all", 0, "F?", False),
    ("any", 0, "FF", False), ("any", 0, "T?", True), ("any", 0, "F?", None), ("any", 0, "TF", True),
    ("none", 0, "FF", True), ("none", 0, "F?", None), ("none", 0, "T?", False), ("none", 0, "??", None),
    ("count", 2, "TTF", True), ("count", 2, "TF?", None), ("count", 2, "FF?", False), ("count", 2, "TT?", True),
])
def test_unknown_counts_only_where_it_cannot_matter(mode, count, values, answer):
    """SEMANTICS 21, 26: any is true by one, none needs all known false, all needs all known true."""
    members = [{"T": True, "F": False, "?": None}[letter] for letter in values]
    assert combined(Combination("c", mode, ("m",) * len(members), count), members) is answer


def test_semantics_26_all_for_two_seconds():
    """The corner shop: seated: {all: [seat-1, seat-2], for: 2 s}."""
    bench = Bench(*SEATS, combination("seated", "all", "seat-1", "seat-2", for_ns=2 * SECOND_NS))
    for name in ("seat-1", "seat-2"):
        bench.mqtt(1, name, "OFF")
    assert bench.room.truth("seated") is False
    bench.mqtt(1_000, "seat-1", "ON")
    bench.mqtt(2_000, "seat-2", "ON")
    assert told(bench.run(9 * SECOND_NS)) == [(4_000, "edge", "seated", True)]
    assert told(bench.mqtt(10_000, "seat-2", "OFF")) == [
        (10_000, "edge", "seat-2", False), (10_000, "edge", "seated", False),
    ]


def test_one_seat_taken_one_unknown_nothing_fires_and_its_return_is_a_baseline():
    """The hook, with seat-2 gone: ossia/score#990."""
    bench = Bench(*SEATS, combination("seated", "all", "seat-1", "seat-2"))
    for name in ("seat-1", "seat-2"):
        bench.mqtt(1, name, "OFF")
    bench.says(10, "", "lost", "sensors")
    bench.says(20, "", "back", "sensors")
    bench.mqtt(21, "seat-1", "OFF")
    assert told(bench.mqtt(30, "seat-1", "ON")) == [(30, "edge", "seat-1", True)]
    assert bench.room.truth("seated") is None
    assert told(bench.mqtt(40, "seat-2", "ON")) == []
    assert bench.room.truth("seated") is True
    assert told(bench.mqtt(50, "seat-2", "OFF"))[-1] == (50, "edge", "seated", False)


def test_an_unknown_member_leaves_no_known_before():
    """SEMANTICS 23: the window may have been open all the while, so the door opens nothing new."""
    bench = Bench(level("door"), level("window"), combination("open", "any", "door", "window"))
    bench.mqtt(1, "door", "OFF")
    assert told(bench.mqtt(2, "door", "ON")) == [(2, "edge", "door", True)]
    assert bench.room.truth("open") is True


def test_what_a_broker_remembers_completes_no_combination():
    """SEMANTICS 18: seat-1 is only remembered; nobody knows that it is still taken."""
    bench = Bench(*SEATS, combination("seated", "all", "seat-1", "seat-2"))
    bench.mqtt(1, "seat-1", "ON", retained=True)
    bench.mqtt(2, "seat-2", "OFF")
    assert bench.room.truth("seated") is False
    assert told(bench.mqtt(3, "seat-2", "ON")) == [(3, "edge", "seat-2", True)]
    assert bench.room.truth("seated") is None


def test_combinations_of_combinations_do_not_glitch():
    """``both`` hangs on ``a`` twice; it must never see one half of a change."""
    bench = Bench(level("a"), combination("some", "any", "a"), combination("no", "none", "a"),
                  combination("both", "all", "some", "no"))
    for ms in range(10):
        events = bench.mqtt(ms, "a", "ON" if ms % 2 else "OFF")
        assert not [each for each in told(events) if each[2] == "both"]
        assert bench.room.truth("both") is False


def test_ready():
    bench = Bench(level("door"), Input("step", "pedal", "", "press", says="UP"), Input("go-on", kind="button"),
                  combination("quiet", "none", "door"))
    names = ("sensors", "door", "step", "go-on", "quiet", "nobody")
    assert [bench.room.ready(name) for name in names] == [False, False, False, True, False, False]
    bench.says(1, "", "back", "sensors")
    bench.says(2, "", "back", "pedal")
    bench.mqtt(3, "door", "ON")
    assert [bench.room.ready(name) for name in names] == [True, True, True, True, True, False]
