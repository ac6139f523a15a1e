"""CORE 8: the committed tables are what the exact arithmetic gives, and what the books say."""

from pathlib import Path

import pytest

from showctl import tables
from tests import generate_tables


def test_core_8_the_committed_tables_regenerate_identical() -> None:
    assert Path(tables.__file__).read_text("utf-8") == generate_tables.text()


def test_the_sine_has_its_known_values() -> None:
    assert tables.QUARTER_SINE[0] == 0
    assert tables.QUARTER_SINE[128] == 759_250_125        # 2³⁰ · √½ = 759250124.99…
    assert tables.QUARTER_SINE[256] == 1 << 30
    assert list(tables.QUARTER_SINE) == sorted(set(tables.QUARTER_SINE))


def test_pi_is_pi() -> None:
    assert generate_tables.pi_fine() * 10**20 // generate_tables.FINE == 314159265358979323846


@pytest.mark.parametrize(("kelvin", "rgb"), [
    (1000, (1.0, 0.009, 0.0)),       # deep red
    (6500, (1.0, 0.94, 0.99)),       # close to the white of sRGB, D65 lying a little above the locus
    (15000, (0.46, 0.58, 1.0)),      # blue sky
])
def test_black_bodies_look_as_they_do(kelvin: int, rgb: tuple[float, float, float]) -> None:
    found = tables.BLACKBODY[(kelvin - 1000) // 100]
    assert found == pytest.approx([each * 0xFFFFFF for each in rgb], abs=0.01 * 0xFFFFFF)


def test_hotter_bodies_are_bluer() -> None:
    ratios = [blue * 1_000_000 // red for red, _, blue in tables.BLACKBODY]
    assert ratios == sorted(ratios)
