"""One reading against one comparison; the payloads are those that the makers document."""

from __future__ import annotations

import json
import math
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from showctl import conditions
from showctl.model import Comparison

CONTACT = Comparison(("contact",), "==", False)
SWITCH = Comparison(("Switch1", "Action"), "==", "ON")
SEAT = Comparison((), ">", Decimal("0.60"))
INPUT = Comparison(("params", "input:0", "state"), "==", True)
PLAIN = Comparison((), "==", True)
STAGE = Comparison(("at",), "==", "stage")

READINGS = [
    # Zigbee2MQTT: JSON with more in it than the reading (zigbee2mqtt.io, MQTT topics and messages)
    (CONTACT, '{"battery":100,"contact":false,"linkquality":105,"voltage":3015}', True),
    (CONTACT, '{"battery":100,"contact":true,"linkquality":105,"voltage":3015}', False),
    (CONTACT, '{"battery":100}', None),
    (CONTACT, '{"contact":null}', None),
    (Comparison(("occupancy",), "==", True), '{"occupancy":true}', True),
    (Comparison(("temperature",), ">=", Decimal("27.34")), '{"temperature":27.34,"humidity":44.72}', True),
    # Tasmota with SetOption114 (stat/…/RESULT), with SwitchTopic (tele/…/SENSOR), and what else comes on RESULT
    (SWITCH, '{"Switch1":{"Action":"ON"}}', True),
    (SWITCH, '{"Switch1":{"Action":"OFF"}}', False),
    (SWITCH, '{"POWER":"ON"}', None),
    (Comparison(("Switch1",), "==", "ON"), '{"Time":"2024-02-24T22:20:38","Switch1":"ON"}', True),
    (PLAIN, "ON", True),
    # ESPHome: bare text; a sensor that fails says nan
    (SEAT, "0.82", True),
    (SEAT, "0.60", False),
    (SEAT, "0.6000000000000000000000001", True),
    (SEAT, "nan", None),
    (SEAT, "unavailable", None),
    (PLAIN, "OFF", False),
    # Shelly, second generation: …/events/rpc and …/status/input:0
    (INPUT, '{"src":"shellyplusi4-c4","dst":"shellyplusi4-c4/events","method":"NotifyStatus",'
            '"params":{"ts":1733776884.28,"input:0":{"id":0,"state":true}}}', True),
    (INPUT, '{"method":"NotifyStatus","params":{"ts":1.61,"mqtt":{"connected":true}}}', None),
    (Comparison(("state",), "==", True), '{"id":0,"state":false}', False),
    (Comparison(("params", "events", "0", "event"), "==", "single_push"),
     '{"params":{"events":[{"component":"input:0","event":"single_push"}]}}', True),
    # our cart, OSC, pins, serial text
    (STAGE, '{"at":"stage","moving":false}', True),
    (STAGE, '{"at":"home"}', False),
    (STAGE, '{"at":7}', None),
    (SEAT, (0.75,), True),
    (SEAT, (math.nan,), None),
    (SEAT, (0.75, 0.1), None),
    (Comparison(("1",), ">", Decimal(0)), (0.75, 0.1), True),
    (Comparison(("0",), ">", Decimal(0)), (0.75,), True),
    (PLAIN, True, True),
    (PLAIN, False, False),
    (PLAIN, 1, True),
    (PLAIN, 2, None),
    (PLAIN, "open", True),
    (PLAIN, "Closed", False),
    (PLAIN, "", None),
    (PLAIN, None, None),
    (PLAIN, b"\x01", None),
    (SEAT, " 12.5\r", True),
    (Comparison((), "==", Decimal(1)), True, True),
    (Comparison((), "!=", "stage"), "home", True),
    (Comparison((), "!=", "stage"), "", None),
    (Comparison((), "!=", Decimal(1)), "x", None),
    (Comparison((), "<", "stage"), "home", None),
    (Comparison((), "<", True), "off", None),
    # what no decoder should be trusted with
    (CONTACT, "{", None),
    (CONTACT, '{"contact":NaN}', None),
    (Comparison(("x",), ">", Decimal(0)), '{"x":Infinity}', None),
    (Comparison(("x",), ">", Decimal(0)), '{"x":1e99999999999999999999}', None),
    (Comparison(("x",), ">", Decimal(0)), '{"x":' + "9" * 5000 + "}", True),
    (CONTACT, '{"contact":true,"contact":false}', None),
    (CONTACT, "[" * 10_000, None),
    (CONTACT, '{"a":' * 100 + "1" + "}" * 100, None),
    (CONTACT, '{"text":"' + "[" * 100 + '","contact":false}', True),
    (CONTACT, '{"pad":"' + "x" * 20_000 + '","contact":false}', None),
]


@pytest.mark.parametrize(("comparison", "payload", "answer"), READINGS)
def test_payloads_as_they_come(comparison, payload, answer):
    assert conditions.read(comparison, payload) is answer


@pytest.mark.parametrize(("payload", "answer"), [
    ("online", True), ("offline", False), ("Online", True), ("Offline", False), ('{"state":"online"}', True),
    ('{"state":"offline"}', False), ("true", True), ("false", False), ("1", True), ("0", False), (True, True),
    ("", None), ("perhaps", None), ('{"state":7}', None), ("{", None), (("online",), True),
])
def test_alive(payload, answer):
    """SEMANTICS 24: Zigbee2MQTT (both forms), Tasmota, ESPHome and Shelly say that they are there."""
    assert conditions.alive(payload) is answer


@pytest.mark.parametrize(("path", "word", "payload", "answer"), [
    (("action",), "single", '{"action":"single","battery":100}', True),
    (("action",), "single", '{"action":""}', False),
    (("action",), "single", '{"battery":100}', None),
    ((), "DOWN", "DOWN", True),
    ((), "DOWN", "UP", False),
    ((), None, "anything", True),
    ((), None, True, True),
    ((), None, False, False),
    ((), None, 0, False),
    ((), None, 127, True),
    ((), None, (), True),
    ((), None, (0.0,), False),
    ((), "1", 1, True),
    ((), "2", (2.0,), True),
    ((), "on", True, True),
    (("x",), None, "junk", None),
])
def test_presses(path, word, payload, answer):
    """SEMANTICS 23: footswitch words, Zigbee actions, pins."""
    assert conditions.says(path, word, payload) is answer


def test_unknown_is_never_true_whichever_way_it_is_written():
    """SEMANTICS 21 (the unknown part); ossia/score#990: a gone device made every >= fire."""
    for op in ("==", "!=", "<", "<=", ">", ">="):
        for operand in (True, False, Decimal(0), Decimal(-1), "x"):
            for payload in (None, "", (), b"", "nan", "{", '{"y":1}'):
                path = ("x",) if isinstance(payload, str) and payload.startswith("{") else ()
                answer = conditions.read(Comparison(path, op, operand), payload)
                if not (isinstance(operand, str) and payload == "nan"):
                    assert answer is None, (op, operand, payload)


SCALARS = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=12))
TREES = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3)
                     | st.dictionaries(st.sampled_from(["a", "b", "0"]), inner, max_size=3), max_leaves=8)
PAYLOADS = st.one_of(
    SCALARS, st.text(max_size=60), st.binary(max_size=8), st.lists(SCALARS, max_size=3).map(tuple),
    TREES.map(json.dumps),
)
COMPARISONS = st.builds(
    Comparison, st.lists(st.sampled_from(["a", "b", "0", "1"]), max_size=3).map(tuple),
    st.sampled_from(["==", "!=", "<", "<=", ">", ">="]),
    st.one_of(st.booleans(), st.decimals(allow_nan=False, allow_infinity=False), st.text(max_size=5)),
)


@given(COMPARISONS, PAYLOADS)
def test_nothing_a_sender_does_raises(comparison, payload):
    assert conditions.read(comparison, payload) in (True, False, None)
    assert conditions.alive(payload) in (True, False, None)
    assert conditions.says(comparison.path, "a", payload) in (True, False, None)
    assert conditions.says(comparison.path, None, payload) in (True, False, None)


@given(st.decimals(allow_nan=False, allow_infinity=False, places=6), st.decimals(-1000, 1000, places=6))
def test_numbers_compare_exactly(value, threshold):
    if abs(value) < 10**30:
        assert conditions.read(Comparison((), ">", threshold), format(value, "f")) is (value > threshold)
