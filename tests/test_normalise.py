"""Triggers → events: presses, stations, hands, sequences. CORE 1, 3, 19; SEMANTICS 1, 4, 23, 26, 27, 32, 33."""

from __future__ import annotations

import json
import math
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from showctl import normalise
from showctl.model import LEVEL_MAX, SECOND_NS, Comparison, Event, Input, Trigger
from tests.rooms import MS, SEAT, SEAT_FREE, Bench, combination, level, told

STEP = Input("step", "pedal", "", "press", says="UP")
CLICK = Input("click", "sensors", "zigbee2mqtt/button", "press", says="single", says_path=("action",))
WATER = Input("water", kind="button", confirm=True)
HALT = Input("halt", kind="button")
SINGLE = '{"action":"single","battery":100}'


# ---- presses ----

def test_core_3_every_live_press_happens():
    """CORE 3, SEMANTICS 23: a press repeats one value, and two presses of one button fire twice."""
    bench = Bench(CLICK)
    assert told(bench.mqtt(1, "zigbee2mqtt/button", SINGLE)) == [(1, "press", "click", None)]
    assert told(bench.mqtt(2, "zigbee2mqtt/button", SINGLE)) == [(2, "press", "click", None)]
    assert told(bench.mqtt(3, "zigbee2mqtt/button", '{"action":""}')) == []
    assert told(bench.mqtt(4, "zigbee2mqtt/button", '{"battery":99}')) == []


def test_core_3_a_retained_or_redelivered_press_never():
    bench = Bench(CLICK)
    assert told(bench.mqtt(1, "zigbee2mqtt/button", SINGLE, retained=True)) == []
    assert told(bench.says(2, "sensors", "zigbee2mqtt/button", SINGLE, message_id=7)) == []
    assert told(bench.mqtt(3, "zigbee2mqtt/button", SINGLE)) == [(3, "press", "click", None)]


def test_core_3_a_press_inside_its_lockout_is_dropped():
    """CORE 3, SEMANTICS 26: fires at once, then ignores; what was ignored does not extend it."""
    bench = Bench(Input("step", "pedal", "", "press", says="UP", lockout_ns=SECOND_NS))
    events = []
    for ms in (1_000, 1_400, 1_999, 2_000, 2_100):
        events += bench.says(ms, "pedal", "", "UP")
    assert [at for at, *_ in told(events)] == [1_000, 2_000]


def test_rate_limit_of_presses():
    bench = Bench(Input("step", "pedal", "", "press", says="UP", rate_limit=(2, SECOND_NS)))
    events = []
    for ms in range(1_000, 3_000, 100):
        events += bench.says(ms, "pedal", "", "UP")
    assert [at for at, *_ in told(events)] == [1_000, 1_100, 2_000, 2_100]


def test_a_pin_presses_when_it_becomes_active():
    bench = Bench(Input("push", "pins", "push", "press"))
    assert told(bench.says(1, "pins", "push", True, retained=True)) == []
    assert told(bench.says(2, "pins", "push", False)) == []
    assert told(bench.says(3, "pins", "push", True)) == [(3, "press", "push", None)]


def test_semantics_18_a_pins_present_level_is_good_at_once_and_no_edge():
    """The driver reads it as it opens the chip; a broker's retained value is from the past, a pin's is not."""
    bench = Bench(Input("door", "pins", "door", when=Comparison((), "==", True)), level("shut"))
    assert told(bench.says(1, "pins", "door", True, retained=True)) == []
    assert told(bench.mqtt(1, "shut", "ON", retained=True)) == []
    assert (bench.room.truth("door"), bench.room.truth("shut")) == (True, None)
    assert told(bench.says(2, "pins", "door", False)) == [(2, "edge", "door", False)]


def test_semantics_26_a_sequence_is_happenings_in_order_within_a_time():
    bench = Bench(level("door"), STEP, combination("come-in", "sequence", "door", "step", within_ns=10 * SECOND_NS))
    bench.mqtt(0, "door", "ON")
    assert told(bench.mqtt(1, "door", "OFF")) == [(1, "edge", "door", False)]     # no happening
    assert told(bench.says(1_000, "pedal", "", "UP")) == [(1_000, "press", "step", None)]
    bench.mqtt(2_000, "door", "ON")
    bench.mqtt(3_000, "door", "OFF")
    assert told(bench.says(4_000, "pedal", "", "UP")) == [
        (4_000, "press", "step", None), (4_000, "press", "come-in", None),
    ]
    assert told(bench.says(5_000, "pedal", "", "UP")) == [(5_000, "press", "step", None)]     # it begins anew
    bench.mqtt(6_000, "door", "ON")
    assert told(bench.says(16_001, "pedal", "", "UP")) == [(16_001, "press", "step", None)]   # too late


def test_a_sequence_keeps_its_latest_beginning():
    bench = Bench(STEP, HALT, combination("twice-then-halt", "sequence", "step", "step", "halt", within_ns=SECOND_NS))
    for ms in (1_000, 1_900, 2_400):                       # the first of the three is too old by the time of halt
        bench.says(ms, "pedal", "", "UP")
    event = bench.says(2_800, "tablets", "/showctl/trigger/halt", (1,), sender="10.0.0.31:9000")
    assert told(event)[-1] == (2_800, "press", "twice-then-halt", None)


# ---- stations ----

def test_semantics_1_press_and_release():
    bench = Bench()
    assert bench.osc(1, "/showctl/go", 1.0) == Event("command", "go", (), "foh", "10.0.0.31:9000")
    assert bench.osc(2, "/showctl/go", 0.0) == Event(
        "heard", "tablets/showctl/go", "released", "foh", "10.0.0.31:9000"
    )
    assert bench.osc(3, "/showctl/go").kind == "command"


def test_ports_do_not_matter_hosts_do():
    bench = Bench()
    assert bench.osc(1, "/go", port=1).station == "foh"
    assert bench.osc(2, "/go", port=65535).station == "foh"
    assert bench.osc(3, "/go", host="10.0.0.32").station == "stage"
    assert bench.osc(4, "/go", host="127.0.0.1").station == "local"          # CORE 18
    stranger = bench.osc(5, "/go", host="10.0.0.9")
    assert (stranger.kind, stranger.name, stranger.station) == ("refused", "tablets/go", "")
    assert stranger.value == "10.0.0.9 is not a listed station; add it under stations:"
    assert bench.osc(6, "/go", host="10.0.0.3").kind == "refused"            # not 10.0.0.31


def test_a_listed_host_counts_only_on_its_own_connection():
    bench = Bench()
    (_, event), = bench.says(1, "desk", "/go", (), sender="10.0.0.31:9000")
    assert event.kind == "refused"


def test_a_viewer_may_subscribe_and_nothing_else():
    bench = Bench()
    assert bench.osc(1, "/showctl/subscribe", host="10.0.0.33").kind == "command"
    event = bench.osc(2, "/showctl/panic", host="10.0.0.33")
    assert (event.kind, event.station) == ("refused", "lobby")
    assert "viewer" in str(event.value)
    assert bench.osc(3, "/showctl/trigger/halt", host="10.0.0.33").kind == "refused"


def test_unknown_addresses_and_triggers_are_refused_with_the_reason():
    bench = Bench(HALT)
    assert "/showctl/gogo is no address" in str(bench.osc(1, "/showctl/gogo").value)
    assert bench.osc(2, "/showctl/trigger/helt").value == "no trigger 'helt' in this sheet"
    assert "0 to 1" in str(bench.osc(3, "/showctl/master", math.nan).value)


def test_levels_and_names_arrive_as_integers():
    bench = Bench()
    assert bench.osc(1, "/showctl/master", 0.5).value == (0x800000,)
    assert bench.osc(2, "/showctl/fader/music", 1).value == ("music", LEVEL_MAX)
    assert bench.osc(3, "/showctl/cue/2.50/go").value == ("2.5",)


def test_semantics_27_triggers_and_sensors_are_switched_by_command():
    bench = Bench(level("door"))
    assert bench.osc(1, "/showctl/sensors", 0) == Event("command", "sensors", (False,), "foh", "10.0.0.31:9000")
    assert bench.osc(2, "/showctl/trigger/door/disarm").name == "trigger-disarm"
    assert bench.osc(3, "/showctl/trigger/door/arm").value == ("door",)


def test_words_of_a_pedal_are_a_station():
    bench = Bench(STEP)
    (_, event), = bench.says(1, "pedal", "", "DOWN")
    assert event == Event("command", "go", (), "foot", "")
    assert told(bench.says(2, "pedal", "", "UP")) == [(2, "press", "step", None)]
    (_, event), = bench.says(3, "pedal", "", "H\x00LT")
    assert event.kind == "heard"
    (_, event), = bench.says(4, "pins", "go-button", True)
    assert (event.kind, event.station) == ("command", "post")
    (_, event), = bench.says(5, "pins", "go-button", False)
    assert event.kind == "heard"
    (_, event), = bench.says(6, "pins", "go-button", True, retained=True)
    assert event.kind == "heard"


def test_the_terminal_is_an_operator():
    bench = Bench()
    (_, event), = bench.says(1, "terminal", "/showctl/go", None, sender="terminal")
    assert event == Event("command", "go", (), "terminal", "terminal")


def test_semantics_33_a_confirm_needs_the_same_station_within_5_s():
    bench = Bench(WATER)
    press = "/showctl/trigger/water"
    assert bench.osc(1_000, press).kind == "confirm"
    assert bench.osc(1_100, press, 0.0).kind == "heard"                   # letting go confirms nothing
    assert bench.osc(2_000, press, host="10.0.0.32").kind == "confirm"    # somebody else: asked as well
    assert bench.osc(3_000, press).kind == "confirm"
    assert bench.osc(8_000, press) == Event("press", "water", None, "foh", "10.0.0.31:9000")
    assert bench.osc(8_000, press).kind == "confirm"                      # and anew
    assert bench.osc(13_001, press).kind == "confirm"                     # a moment too late
    assert bench.osc(13_002, press).kind == "press"
    assert bench.osc(13_003, press).kind == "confirm"


def test_semantics_4_panic_forgets_what_was_asked_and_begun():
    bench = Bench(WATER, STEP, combination("pair", "sequence", "step", "step"))
    assert bench.osc(1, "/showctl/trigger/water").kind == "confirm"
    bench.says(2, "pedal", "", "UP")
    bench.room.let_go()
    assert bench.osc(3, "/showctl/trigger/water").kind == "confirm"
    assert told(bench.says(4, "pedal", "", "UP")) == [(4, "press", "step", None)]


def test_an_operator_stands_in_for_a_dead_sensor():
    """An edge, and the truth stays what the sensor says."""
    bench = Bench(level("seat"), combination("seated", "all", "seat"))
    for name in ("seat", "seated"):
        event = bench.osc(1 if name == "seat" else 2, f"/showctl/trigger/{name}", 1)
        assert event == Event("edge", name, True, "foh", "10.0.0.31:9000")
        assert bench.room.truth(name) is None


def test_a_button_in_its_lockout_is_refused_to_the_station():
    bench = Bench(Input("halt", kind="button", lockout_ns=SECOND_NS))
    assert bench.osc(1, "/showctl/trigger/halt").kind == "press"
    event = bench.osc(500, "/showctl/trigger/halt")
    assert (event.kind, event.station) == ("refused", "foh")
    assert "lockout" in str(event.value)


# ---- hands ----

@pytest.mark.parametrize(("steps_away", "later_ms", "kind"), [
    (0, 0, "heard"), (1, 250, "heard"), (-1, 100, "heard"), (2, 100, "touched"), (0, 251, "touched"),
])
def test_core_19_motor_echo(steps_away, later_ms, kind):
    """CORE 19: within ±1 step of a value rendered for that address in the last 250 ms."""
    bench = Bench()
    bench.sent(1_000, "mixer", ("cc", 1, 0), 64, 127)
    (_, event), = bench.says(1_000 + later_ms, "mixer", "cc 1 0", 64 + steps_away)
    assert event.kind == kind


def test_core_19_echo_is_per_address_and_covers_a_whole_fade():
    bench = Bench()
    for tick in range(44):
        bench.sent(1_000 + tick * 23, "mixer", ("cc", 1, 0), tick * 2, 127)
    at_ms = 1_000 + 43 * 23
    for value, kind in [(86, "heard"), (66, "heard"), (40, "touched")]:
        (_, event), = bench.says(at_ms, "mixer", "cc 1 0", value)
        assert event.kind == kind
    (_, event), = bench.says(at_ms, "mixer", "cc14 1 1", 86)
    assert event.kind == "touched"


@given(st.sampled_from([("mixer", "cc 1 0", 127), ("mixer", "cc14 1 1", 16383)]), st.data())
def test_semantics_32_a_hand_is_where_it_is(fader, data):
    """Rendering the level again gives the step the hand left, rounded down, to nearest, or in equal bins."""
    to, address, steps = fader
    step = data.draw(st.integers(0, steps))
    (_, event), = Bench().says(1, to, address, step)
    assert event.kind == "touched"
    level_now = event.value
    assert isinstance(level_now, int)
    assert 0 <= level_now <= LEVEL_MAX
    assert level_now * steps // LEVEL_MAX == step
    assert (2 * level_now * steps + LEVEL_MAX) // (2 * LEVEL_MAX) == step
    assert min(steps, level_now * (steps + 1) >> 24) == step


@pytest.mark.parametrize("value", [-1, 128, True, "64", None, 64.0, (64,)])
def test_a_fader_says_only_its_steps(value):
    (_, event), = Bench().says(1, "mixer", "cc 1 0", value)
    assert event.kind == "refused"
    assert "numbers from 0 to 127" in str(event.value)


def test_an_osc_desk_moves_its_fader_too():
    bench = Bench()
    (_, event), = bench.says(1, "desk", "/ch/01/mix/fader", (0.5,), sender="10.0.0.50:10023")
    assert event == Event("touched", "room", 0x800000, "", "10.0.0.50:10023")
    (_, event), = bench.says(2, "desk", "/ch/01/mix/fader", (1.5,), sender="10.0.0.50:10023")
    assert event.kind == "refused"


def test_what_nobody_listens_to_is_heard():
    (_, event), = Bench().says(1, "mixer", "cc 2 7", 3)
    assert event == Event("heard", "mixer/cc 2 7", "no trigger, fader or station of the sheet listens to 3", "", "")


# ---- always ----

def test_stalled_and_unknown_words_of_the_shell():
    bench = Bench()
    assert bench.says(1, "", "stalled", 300)[0][1] == Event("stalled", "", 300)
    assert bench.says(2, "", "lost", "nothing-of-ours")[0][1].kind == "heard"
    assert bench.says(3, "", "back", 7)[0][1].kind == "heard"


RULES = (
    level("door", debounce_ns=100 * MS, lockout_ns=SECOND_NS, alive="bridge", initial=False),
    level("seat-1", when=SEAT, until=SEAT_FREE, alive="seat/online", silent_ns=2 * SECOND_NS),
    level("seat-2", for_ns=SECOND_NS, rate_limit=(2, 5 * SECOND_NS)),
    level("cart", "cart", when=Comparison(("at",), "==", "stage"), silent_ns=SECOND_NS, grace_ns=SECOND_NS),
    level("far", "cart", when=Comparison(("m",), ">=", Decimal(3))),
    CLICK, STEP, WATER, HALT,
    combination("seated", "all", "seat-1", "seat-2", for_ns=2 * SECOND_NS, lockout_ns=SECOND_NS),
    combination("left", "none", "seat-1", "seat-2", for_ns=3 * SECOND_NS),
    combination("two", "count", "door", "seat-1", "seat-2", "seated", count=2),
    combination("some", "any", "door", "left"),
    combination("order", "sequence", "click", "door", "step", within_ns=4 * SECOND_NS),
)

TRIGGERS = st.one_of(
    st.builds(Trigger, st.just("sensors"), st.sampled_from(["door", "seat-2"]), st.sampled_from(["ON", "OFF", "?"]),
              retained=st.booleans()),
    st.builds(Trigger, st.just("sensors"), st.just("seat-1"), st.sampled_from(["0.1", "0.5", "0.9", "nan"]),
              retained=st.booleans()),
    st.builds(Trigger, st.just("sensors"), st.sampled_from(["bridge", "seat/online"]),
              st.sampled_from(["online", "offline"]), retained=st.booleans()),
    st.builds(Trigger, st.just("sensors"), st.just("cart"), st.sampled_from(['{"at":"stage","m":3}', '{"m":1}', "{"])),
    st.builds(Trigger, st.just("sensors"), st.just("zigbee2mqtt/button"), st.just(SINGLE),
              message_id=st.sampled_from([None, None, 3])),
    st.builds(Trigger, st.just(""), st.sampled_from(["lost", "back"]), st.sampled_from(["sensors", "panels"])),
    st.builds(Trigger, st.just(""), st.just("resumed"), st.just(5)),
    st.builds(Trigger, st.just("pedal"), st.just(""), st.sampled_from(["UP", "DOWN", "x"])),
    st.builds(Trigger, st.just("mixer"), st.just("cc 1 0"), st.integers(62, 66)),
    st.builds(Trigger, st.just("tablets"),
              st.sampled_from(["/showctl/go", "/showctl/trigger/water", "/showctl/trigger/seated", "/x"]),
              st.just((1,)), st.sampled_from(["10.0.0.31:9", "10.0.0.32:9", "10.0.0.9:9"])),
)
RUNS = st.lists(st.tuples(st.integers(1, 1500), TRIGGERS), max_size=60)


def play(bench: Bench, run, since_ms: int = 0):
    """All events of a run; gaps in ms before each trigger, and 20 s after the last."""
    events, at_ms = [], since_ms
    for gap_ms, trigger in run:
        at_ms += gap_ms
        events += bench.run(at_ms * MS)
        if at_ms % 3 == 0:
            bench.sent(at_ms, "mixer", ("cc", 1, 0), 64, 127)
        came = bench.room.admit(at_ms * MS, trigger)
        assert came
        events += [(at_ms * MS, event) for event in came]
    return events, at_ms


@settings(max_examples=60, deadline=None)
@given(RUNS, st.integers(0, 60))
def test_restore_gives_the_same_rest_at_every_record(run, cut):
    """CORE 1: snapshot, through JSON, and back, is the same room."""
    whole = Bench(*RULES)
    expected, end_ms = play(whole, run)
    expected += whole.run(end_ms * MS + 20 * SECOND_NS)

    first, second = Bench(*RULES), Bench(*RULES)
    events, at_ms = play(first, run[:cut])
    kept = json.loads(json.dumps([first.timers.snapshot(), first.room.snapshot()]))
    second.room.restore(kept[1])
    second.timers.restore(kept[0])
    second.now_ns = first.now_ns
    assert second.room.snapshot() == first.room.snapshot()
    rest, end_ms = play(second, run[cut:], at_ms)
    assert events + rest + second.run(end_ms * MS + 20 * SECOND_NS) == expected
    assert second.room.snapshot() == whole.room.snapshot()


@settings(max_examples=60, deadline=None)
@given(RUNS)
def test_unknown_never_fires(run):
    """DESIGN §5 law 2: an edge of a sensor leaves a truth that is known and equal to it."""
    bench = Bench(*RULES)
    at_ms = 0
    for gap_ms, trigger in run:
        at_ms += gap_ms
        bench.run(at_ms * MS)
        for event in bench.room.admit(at_ms * MS, trigger):
            if event.kind == "edge" and not event.station:
                assert not trigger.retained
                assert bench.room.truth(event.name) is event.value
        for name in RULES:
            assert bench.room.truth(name.name) in (True, False, None)


ANYTHING = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20), st.binary(max_size=5),
                     st.lists(st.one_of(st.floats(), st.text(max_size=5), st.none()), max_size=3).map(tuple))


@settings(max_examples=200, deadline=None)
@given(st.lists(st.builds(
    Trigger, st.sampled_from(["sensors", "pedal", "pins", "mixer", "desk", "tablets", "terminal", "", "elsewhere"]),
    st.one_of(st.text(max_size=20), st.sampled_from(["door", "bridge", "cart", "", "cc 1 0", "/ch/01/mix/fader",
                                                     "/showctl/go", "lost", "stalled", "zigbee2mqtt/button"])),
    ANYTHING, st.one_of(st.text(max_size=20), st.just("10.0.0.31:9000"))), max_size=10))
def test_nothing_a_sender_does_raises_or_goes_unanswered(triggers):
    bench = Bench(*RULES)
    for number, trigger in enumerate(triggers, 1):
        events = bench.room.admit(number * MS, trigger)
        assert events
        assert all(isinstance(event, Event) and len(event.name) < 300 for event in events)


def test_a_long_payload_is_shown_short():
    assert len(normalise.shown("x" * 10_000)) < 80
    (_, event), = Bench(level("door")).mqtt(1, "door", "x" * 10_000)
    assert len(str(event.value)) < 200
