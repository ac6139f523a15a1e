"""CORE 11: python-osc parses the first datagram of each header, later ones are unpacked through a bounded cache."""

import logging
import math
import struct
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pythonosc.osc_message import OscMessage
from pythonosc.osc_message_builder import OscMessageBuilder

from showctl.codec import osc

ADDRESSES = st.from_regex(r"/[a-z0-9/._-]{1,30}", fullmatch=True)
FLOATS = st.floats(width=32, allow_nan=False, allow_infinity=False)
INTEGERS = st.integers(-(2**63), 2**63 - 1)
TEXTS = st.text(st.characters(blacklist_characters="\0", blacklist_categories=("Cs",)), max_size=20)
SIMPLE = st.none() | st.booleans() | INTEGERS | FLOATS | TEXTS | st.binary(min_size=1, max_size=20)
ARGUMENTS = st.lists(SIMPLE | st.lists(SIMPLE, max_size=3).map(tuple), max_size=6).map(tuple)


def bundle(*elements, timetag=1):
    parts = b"".join(struct.pack(">i", len(element)) + element for element in elements)
    return b"#bundle\0" + struct.pack(">Q", timetag) + parts


def decode(data):
    return osc.Decoder().decode(data)


def test_the_bytes_of_the_specification():
    """OSC 1.0, "OSC Message Examples": /oscillator/4/frequency with 440.0."""
    golden = b"/oscillator/4/frequency\0,f\0\0\x43\xdc\0\0"
    assert osc.encode("/oscillator/4/frequency", (440.0,)) == golden
    assert decode(golden) == [("/oscillator/4/frequency", (440.0,))]


@given(ADDRESSES, ARGUMENTS)
def test_what_is_written_is_read_twice_the_same(address, arguments):
    """CORE 11: the second reading comes through the cache where the header allows it."""
    decoder, data = osc.Decoder(), osc.encode(address, arguments)
    assert decoder.decode(data) == decoder.decode(data) == [(address, arguments)]


@given(ADDRESSES, st.lists(st.lists(st.integers(0, 255), min_size=24, max_size=24).map(bytes), min_size=2, max_size=6),
       st.text("ifhdTFN", min_size=1, max_size=3))
def test_the_cache_reads_as_python_osc_does(address, payloads, tags):
    """CORE 11: the same header with any payload: the cached reading equals python-osc's."""
    decoder = osc.Decoder()
    head = OscMessageBuilder(address).build().dgram[:-4] + (f",{tags}".encode() + b"\0" * (4 - (len(tags) + 1) % 4))
    for payload in payloads:
        expected = tuple(OscMessage(head + payload).params)
        if all(number is None or math.isfinite(number) for number in expected):
            assert decoder.decode(head + payload) == [(address, expected)]
        else:
            with pytest.raises(ValueError, match="not finite"):
                decoder.decode(head + payload)


@given(ADDRESSES, FLOATS)
def test_a_prebuilt_float_is_byte_identical_with_python_osc(address, value):
    builder = OscMessageBuilder(address)
    builder.add_arg(value, "f")
    assert osc.float_prefix(address) + osc.FLOAT.pack(value) == builder.build().dgram


@given(st.integers(0, 9999), st.binary(min_size=512, max_size=512))
def test_a_prebuilt_blob_is_byte_identical_with_python_osc(universe, slots):
    builder = OscMessageBuilder(f"/dmx/universe/{universe}")
    builder.add_arg(slots, "b")
    assert osc.blob_prefix(f"/dmx/universe/{universe}", 512) + slots == builder.build().dgram


def test_a_message_without_type_tags_has_no_arguments():
    """OSC 1.0: older senders leave the type tags out."""
    assert decode(b"/go\0") == [("/go", ())]


def test_the_cache_is_bounded():
    """CORE 11: 1,024 headers; a flood of new addresses pushes the oldest out and breaks nothing."""
    decoder = osc.Decoder()
    for number in range(3 * osc.HEADERS_LIMIT):
        decoder.decode(osc.encode(f"/flood/{number}", (1,)))
    assert len(decoder._headers) == osc.HEADERS_LIMIT
    assert decoder.decode(osc.encode("/flood/0", (7,))) == [("/flood/0", (7,))]


def test_long_headers_are_not_kept():
    decoder = osc.Decoder()
    decoder.decode(osc.encode("/" + "a" * 3000, (1,)))
    assert not decoder._headers


def test_a_bundle_gives_its_messages_in_order_and_never_waits():
    """STACK: python-osc sleeps for a timetag of tomorrow; here a bundle is due now."""
    tomorrow = int(time.time() + 86_400 + 2_208_988_800) << 32
    inner = bundle(osc.encode("/b", (2,)), osc.encode("/c"), timetag=tomorrow)
    start = time.monotonic()
    found = decode(bundle(osc.encode("/a", (1,)), inner, osc.encode("/d", (4,)), timetag=tomorrow))
    assert found == [("/a", (1,)), ("/b", (2,)), ("/c", ()), ("/d", (4,))]
    assert time.monotonic() - start < 0.5


def nested(depth):
    data = osc.encode("/deep")
    for _ in range(depth):
        data = bundle(data)
    return data


NAN, INFINITY = struct.pack(">f", float("nan")), struct.pack(">f", float("inf"))
HOSTILE = {
    "empty": (b"", "no address"),
    "no address": (b"go\0\0", "no address"),
    "no end": (b"/go", "breaks off"),
    "tags without end": (b"/go\0,fff", "breaks off"),
    "no comma": (b"/go\0fff\0", "cannot be read"),
    "cut": (b"/go\0,i\0\0\0\0", "cannot be read"),
    "not a number": (b"/go\0,f\0\0" + NAN, "not finite"),
    "infinity": (b"/go\0,f\0\0" + INFINITY, "not finite"),
    "infinity in an array": (b"/go\0,[f]\0\0\0\0" + INFINITY, "not finite"),
    "not UTF-8": (b"/\xff\xfe\0", "UnicodeDecodeError"),
    "escape sequence": (b"/\x1b[2J\0\0\0", "control characters"),
    "unknown type": (b"/go\0,z\0\0", "type 'z'"),
    "midi type": (b"/go\0,m\0\0\0\0\0\0", "type 'm'"),
    "deep arrays": (b"/go\0,[[[[[]]]]]\0\0", "nested over 4"),
    "open array": (b"/go\0,[\0\0", "cannot be read"),
    "huge blob": (b"/go\0,b\0\0\x7f\xff\xff\xff", "cannot be read"),
    "too long": (b"/" + b"a" * 4099, "over 4096"),
    "bundle cut": (b"#bundle\0\0\0", "breaks off"),
    "bundle with a negative size": (bundle() + b"\xff\xff\xff\xff", "element of -1"),
    "bundle with a size too large": (bundle() + b"\0\0\1\0", "element of 256"),
    "bundle with half a size": (bundle() + b"\0\0", "breaks off"),
    "deep bundles": (nested(5), "nested over 4"),
    "very deep bundles": (nested(190), "nested over 4"),
    "too many": (bundle(*[osc.encode("/a")] * 65), "over 64"),
    "one bad of three": (bundle(osc.encode("/a"), b"/go\0,z\0\0", osc.encode("/b")), "type 'z'"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_datagrams_are_refused_in_words(name, caplog):
    data, words = HOSTILE[name]
    decoder = osc.Decoder()
    with caplog.at_level(logging.DEBUG):
        for _ in range(2):    # the second time, too: nothing bad is in the cache
            with pytest.raises(ValueError, match=words):
                decoder.decode(data)
    assert not caplog.records, "python-osc logs a line for each bad datagram"


def test_the_bounds_themselves_are_allowed():
    assert decode(nested(4)) == [("/deep", ())]
    assert len(decode(bundle(*[osc.encode("/a")] * 64))) == 64


def test_a_cached_header_refuses_what_is_not_finite():
    decoder = osc.Decoder()
    decoder.decode(osc.encode("/m", (0.5,)))
    with pytest.raises(ValueError, match="not finite"):
        decoder.decode(b"/m\0\0,f\0\0" + NAN)


def test_a_cached_header_cut_short_is_read_as_the_first_was():
    """python-osc pads a float whose last zeros were left out (Reaktor does that); the cache must not differ."""
    data = osc.encode("/m", (0.5,))
    decoder = osc.Decoder()
    assert decoder.decode(data[:-2]) == decoder.decode(data) == decoder.decode(data[:-2]) == [("/m", (0.5,))]


@given(st.binary(max_size=300) | st.builds(lambda tail: b"/a\0\0," + tail, st.binary(max_size=60))
       | st.builds(lambda tail: bundle() + tail, st.binary(max_size=60)))
def test_any_bytes_are_read_or_refused(data):
    decoder = osc.Decoder()
    for _ in range(2):
        try:
            decoder.decode(data)
        except ValueError:
            pass


@pytest.mark.parametrize(("address", "arguments"), [
    ("go", ()), ("/a\0b", ()), ("/go", (float("nan"),)), ("/go", (1e300,)), ("/go", (2**64,)), ("/go", ("a\0b",)),
    ("/go", (b"",)), ("/go", (object(),)),
])
def test_what_osc_cannot_carry_is_a_value_error(address, arguments):
    with pytest.raises(ValueError, match=r"OSC address|cannot carry"):
        osc.encode(address, arguments)
