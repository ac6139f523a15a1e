"""The patch: levels to bytes of 8, 16 and 24 bits, ranges, virtual dimmers, faders."""

from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st

from showctl.model import LEVEL_MAX, Patched
from showctl.patch import compile_patch, position, put
from tests.rigs import fader, rig


def put_one(level: int, width: int, minimum: int = 0, span: int = 0) -> bytes:
    slots = bytearray(3)
    put(((0, width, 0, -1, minimum, span),), [level], slots)
    return bytes(slots[:width])


@given(st.integers(0, LEVEL_MAX))
def test_most_significant_first_and_whole(level: int) -> None:
    whole = level.to_bytes(3, "big")
    assert [put_one(level, width) for width in (1, 2, 3)] == [whole[:1], whole[:2], whole]


def test_bins_are_fair_and_full_is_full() -> None:
    assert [put_one(level, 1) for level in (0, 0xFFFF, 0x10000, LEVEL_MAX)] == [b"\x00", b"\x00", b"\x01", b"\xff"]
    assert put_one(LEVEL_MAX, 2) == b"\xff\xff"


@pytest.mark.parametrize(("kelvin", "value"), [(2700, 0), (3200, 33), (4600, 127), (6500, 255)])
def test_a_range_is_spread_over_the_slot(kelvin: int, value: int) -> None:
    assert put_one(kelvin * 1000, 1, 2_700_000, 3_800_000) == bytes([value])


def test_a_virtual_dimmer_multiplies_its_emitters() -> None:
    patch = compile_patch(rig([("rgb-16", 0, 1)]))
    slots = bytearray(512)
    put(patch.wires, array("q", [LEVEL_MAX // 2, LEVEL_MAX, 0x800000, 0]), slots)
    assert slots[:6] == bytes.fromhex("7fff 3fff 0000")
    assert len(patch.wires_of[0]) == 3                # the dimmer moves them all


def test_universes_go_in_the_order_of_connections_and_numbers() -> None:
    sheet = rig([("dimmer", 7, 1), ("dimmer", 2, 1)], [fader("music")])
    patch = compile_patch(sheet)
    assert patch.universes == (("panels", 2), ("panels", 7))
    assert [place for place, *_ in patch.wires] == [512, 0]
    assert patch.outlets_of == ((1,), (0,), (2,))
    assert patch.parameters_of == ((1,), (0,), (2,))


def test_a_range_of_one_value_is_no_division_by_zero() -> None:
    assert put_one(5, 1, 5, 1) == b"\x00"
    assert Patched("panels", 0, 1, 1, 0).dimmed_by is None


@given(st.integers(0, 127))
def test_a_hand_at_a_step_comes_back_to_that_step(step: int) -> None:
    music = fader("music")
    assert position(music, step * LEVEL_MAX // 127) == step
    assert position(music, -(-step * LEVEL_MAX // 127)) == step


@given(st.integers(0, LEVEL_MAX), st.integers(0, LEVEL_MAX), st.sampled_from([127, 16383, LEVEL_MAX]))
def test_semantics_32_no_step_is_above_the_ceiling(level: int, ceiling: int, steps: int) -> None:
    music = fader("music", ceiling=ceiling, steps=steps)
    found = position(music, level)
    assert found * LEVEL_MAX <= max(ceiling, 0) * steps
    assert 0 <= found <= steps
