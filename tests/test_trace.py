"""One record, one line: what is written reads back equal, and damage is named."""

import math
from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from showctl import model, trace
from showctl.errors import TraceError
from showctl.model import Digest, Event, Fade, Move, Skip, Step, Trigger
from showctl.trace import End, Header, Note, Snapshot, Taken

GOLDEN = {
    '{"header":1,"show":"Trio","seed":7,"part":1,"wall":"2026-01-02T03:04:05.000006Z",'
    '"versions":{"showctl":"0.1.0"},"bundle":{"sheet":"show: Trio"}}':
        Header("Trio", 7, {"sheet": "show: Trio"}, {"showctl": "0.1.0"}, "2026-01-02T03:04:05.000006Z"),
    '{"snapshot":5,"values":{"a":[1,2]}}': Snapshot(5, {"a": [1, 2]}),
    '{"input":12,"source":"tablets","address":"/showctl/master","value":[0.1],"sender":"127.0.0.1:9000"}':
        Taken(12, Trigger("tablets", "/showctl/master", (0.1,), "127.0.0.1:9000")),
    '{"input":13,"source":"sensors","address":"t","value":"\\u00e9","retained":true,"message_id":4,"seen_ns":3}':
        Taken(13, Trigger("sensors", "t", "é", "", True, 4, 3)),
    '{"input":14,"source":"osc","address":"/a","value":[{"hex":"00ff"},null,true,[1,{"float":"-inf"}]]}':
        Taken(14, Trigger("osc", "/a", (b"\0\xff", None, True, (1, -math.inf)))),
    '{"step":1,"at":2,"event":{"kind":"command","name":"go","value":[],"station":"foh","sender":"x"},'
    '"moves":[{"region":"show","source":"a","target":"b","left":["a"],"entered":["b"]}],"started":["1"],"ended":["0.5"],'
    '"actions":[{"do":"fade","source":"show","targets":[[0,9]],"start_ns":2,"duration_ns":3,"curve":"ease"}],'
    '"standby":[["show","2"]],"said":["hello"],"refused":"no","accepted":true,"notes":["n"]}':
        Step(1, 2, Event("command", "go", (), "foh", "x"), (Move("show", "a", "b", ("a",), ("b",)),), ("1",), ("0.5",),
             (Fade("show", ((0, 9),), 2, 3, "ease"),), (("show", "2"),), ("hello",), "no", True, ("n",)),
    '{"digest":4,"frames":3,"value":"ab"}': Digest(4, 3, "ab"),
    '{"skip":100,"first":3,"last":5}': Skip(100, 3, 5),
    '{"note":9,"topic":"malformed","text":"junk","counts":{"tablets 1.2.3.4":3}}':
        Note(9, "malformed", "junk", {"tablets 1.2.3.4": 3}),
    '{"end":10,"frames":3,"value":"ab","reason":"stopped"}': End(10, 3, "ab", "stopped"),
}


@pytest.mark.parametrize("line", GOLDEN)
def test_golden_lines(line):
    """CORE 9: each kind of record, byte for byte."""
    assert trace.encode(GOLDEN[line]) == line
    assert trace.decode(line) == GOLDEN[line]


text = st.text(max_size=8)
numbers = st.integers(-(2**63), 2**64)
values = st.recursive(
    st.none() | st.booleans() | numbers | st.floats(allow_nan=False) | text | st.binary(max_size=8),
    lambda inner: st.lists(inner, max_size=3).map(tuple), max_leaves=6,
)
texts = st.lists(text, max_size=3).map(tuple)
targets = st.lists(st.tuples(numbers, numbers), max_size=3).map(tuple)
BY_TYPE = {
    "str": text, "int": numbers, "bool": st.booleans(), "Value": values, "Address": texts,
    "bytes": st.binary(max_size=40), "tuple[tuple[int, int], ...]": targets,
    "tuple[int, ...]": st.lists(numbers, max_size=3).map(tuple),
}
actions = st.one_of([
    st.builds(kind, **{item.name: BY_TYPE[item.type] for item in fields(kind)}) for kind in model.Action.__args__
])
records = st.one_of(
    st.builds(Taken, numbers, st.builds(
        Trigger, text, text, values, text, st.booleans(), st.none() | numbers, st.none() | numbers,
    )),
    st.builds(
        Step, numbers, numbers, st.builds(Event, text, text, values, text, text),
        st.lists(st.builds(Move, text, text, text, texts, texts), max_size=2).map(tuple), texts, texts,
        st.lists(actions, max_size=4).map(tuple), st.lists(st.tuples(text, text), max_size=2).map(tuple),
        texts, text, st.booleans(), texts,
    ),
    st.builds(Digest, numbers, numbers, text),
    st.builds(Skip, numbers, numbers, numbers),
    st.builds(Note, numbers, text, text, st.dictionaries(text, numbers, max_size=2)),
    st.builds(End, numbers, numbers, text, text),
)


def typed(value):
    """``value`` with the type beside each leaf, so that 1, 1.0 and True are three things."""
    return [typed(item) for item in value] if isinstance(value, tuple) else (type(value).__name__, repr(value))


@given(records)
def test_every_record_reads_back_equal_and_writes_the_same_bytes(record):
    """CORE 1: nothing of a trigger, nothing of a step is lost on the way through a line."""
    line = trace.encode(record)
    assert "\n" not in line
    assert line.isascii()
    back = trace.decode(line)
    assert back == record
    assert trace.encode(back) == line
    if isinstance(record, Taken):
        assert typed(back.trigger.value) == typed(record.trigger.value)


def test_not_a_number_travels_too():
    back = trace.decode(trace.encode(Taken(1, Trigger("osc", "/a", (math.nan,)))))
    assert math.isnan(back.trigger.value[0])


@pytest.mark.parametrize(("line", "words"), [
    ("", "line 3: not a record"),
    ("{}", "an empty object"),
    ("[1]", "line 3: not a record"),
    ('{"inputs":1}', "no or unknown 'inputs'"),
    ('{"input":1,"source":"a"}', "no or unknown 'address'"),
    ('{"input":"soon","source":"a","address":"b"}', "whole number"),
    ('{"header":99}', "format 99; this showctl reads 1"),
    ('{"step":1,"at":1,"event":{"kind":"go","name":""},"actions":[{"do":"explode"}]}', "explode"),
    ("[" * 100_000, "line 3: not a record"),
])
def test_what_is_no_record_is_named_with_its_line(line, words):
    with pytest.raises(TraceError, match=f"^line 3: .*{words.removeprefix('line 3: ')}"):
        trace.decode(line, 3)


@pytest.mark.parametrize("line", [
    '{"input":true,"source":"a","address":"b"}', '{"input":1,"source":"a","address":"b","sender":[]}',
    '{"note":[],"topic":"alive"}', '{"skip":0,"first":"a","last":2}', '{"digest":"a","frames":1,"value":""}',
    '{"end":null,"frames":1,"value":"","reason":""}', '{"snapshot":1.5,"values":{}}',
])
def test_a_line_with_another_kind_of_value_is_refused_by_its_number(line: str) -> None:
    with pytest.raises(TraceError, match=r"^line 7: "):
        trace.decode(line, 7)
