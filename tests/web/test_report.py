"""The report in a real browser: what it shows, on a desk and on a phone, by keyboard, without a network."""

from __future__ import annotations

import time

import pytest

from showctl import sheet as sheet_reader
from showctl.model import SECOND_NS, Trigger
from showctl_sim.performance import Performance
from showctl_sim.report import Fault, Mark, Story, page
from tests.stage import CONFIGS, ROOM
from tests.web.browser import browser

pytestmark = [pytest.mark.peers, pytest.mark.timeout(120)]

SHEET = ROOM + """
commands: {lamp: {to: sensors, topic: lamp}}
faders: {music: {to: mixer, channel: 1, cc: 0, start: -20 dB, ceiling: 0 dB}}
triggers: {door: {from: sensors, topic: door, when: contact == false}}
cues:
  1: {name: Preset, look: {all: 20% 3200K}, fade: 1 s}
  2: {name: "Doors </script><b>", look: {key: 80%}, fade: 4 s, mix: {music: -10 dB in 4 s}}
  3: {name: Story, look: {fill: 60% 5000K}, fade: 2 s}
states:
  show:
    start: one
    one: {cues: 1-2, on: {go: two, door: {say: Somebody comes}}}
    two: {cues: 3, on: {go: one}}
    safe: {fail: true, look: {all: 70% 4000K}, fade: 1 s, on: {go: back}}
"""


def told(goes: int = 3, every_s: int = 10) -> Story:
    sheet = sheet_reader.read(SHEET, "bench.yaml", CONFIGS)
    run = Performance(sheet)
    run.begin()
    for number in range(1, goes + 1):
        run.admit(Trigger("tablets", "/showctl/go", (1.0,), "10.0.0.31:9000"), number * every_s * SECOND_NS)
        run.admit(Trigger("sensors", "door", f'{{"contact": {"false" if number % 2 else "true"}}}'))
    run.admit(Trigger("tablets", "/showctl/go", (1.0,), "10.0.0.31:9000"), goes * every_s * SECOND_NS + 100_000_000)
    run.until((goes + 1) * every_s * SECOND_NS)
    marks = (
        Mark(11 * SECOND_NS, "running: 2", True),
        Mark(25 * SECOND_NS, "key: 80% <i>", False, "key at 20% & no more", 12),
    )
    faults = (Fault(12 * SECOND_NS, 18 * SECOND_NS, "door flaps"),)
    return Story("Bench <one>", "bench.yaml · seed 0", sheet, 0, run.inputs, run.steps, run.now_ns, marks, faults)


@pytest.fixture(scope="module")
def opened(tmp_path_factory):
    with browser(tmp_path_factory.mktemp("browser")) as found:
        yield found


@pytest.fixture
def report(opened, tmp_path):
    path = tmp_path / "report.html"
    path.write_text(page(told()), encoding="utf-8")
    opened.size(1280, 900)
    opened.open(path)
    return opened


def painted(report, lane: str) -> list[int]:
    """How many different colours each quarter of a lane's canvas has."""
    return report.ask(f"""(() => {{
      const row = [...document.querySelectorAll(".lane")].find((each) => each.firstChild.textContent === "{lane}");
      const canvas = row.querySelector("canvas"), pen = canvas.getContext("2d"), wide = canvas.width / 4 | 0;
      return [0, 1, 2, 3].map((part) => new Set(new Uint32Array(
        pen.getImageData(part * wide, 0, wide, canvas.height).data.buffer)).size);
    }})()""")


def fact(report, name: str) -> str:
    return report.ask(f"""[...document.querySelectorAll("#moment dt")]
      .find((each) => each.textContent === "{name}").nextSibling.textContent""")


def test_it_draws_without_a_word_of_trouble(report):
    """No request leaves, no exception is thrown, its own policy refuses nothing of it."""
    assert report.trouble() == []
    assert report.ask("document.title") == "Bench <one>"
    assert report.ask("document.querySelectorAll('b b, i i, .failures i').length") == 0
    lanes = report.ask("[...document.querySelectorAll('.lane > span')].map((each) => each.textContent)")
    assert lanes == ["", "expectations", "faults", "show", "cues", "presses", "door", "key", "fill", "hair", "music"]
    for lane in lanes[1:]:
        assert max(painted(report, lane)) > 1, f"{lane} is empty"


def test_the_policy_is_a_wall(report):
    """A script or style that is not the page's own does not run."""
    report.ask("""(() => { const one = document.createElement("script"); one.textContent = "window.stranger = 1";
      document.body.append(one); fetch("http://127.0.0.1:9/").catch(() => {}); return 1; })()""")
    assert report.ask("window.stranger ?? 0") == 0
    assert any("Content Security Policy" in each for each in report.trouble())


def test_it_opens_at_the_failure(report):
    assert report.ask("document.querySelector('.verdict').textContent") == "1 of 2 expectations failed"
    failure = report.ask("document.querySelector('.failures button').textContent")
    assert "line 12" in failure
    assert "expected key: 80% <i>" in failure
    assert "got key at 20% & no more" in failure
    assert report.ask("document.getElementById('clock').textContent") == "0:00:25"


def test_the_moment_follows_the_needle(report):
    """Levels under the needle are what leaves the fixture (SEMANTICS 35), read off the drawn curve."""
    report.ask("(() => { const one = document.getElementById('scrubber'); one.value = 12200;"
               "one.dispatchEvent(new Event('input')); return 1; })()")
    assert fact(report, "show") == "one"
    assert fact(report, "running") == "2 Doors </script><b>"
    key = report.ask("document.querySelector('.panel').textContent")
    assert key == "key53 % 3200 K"      # 2.2 s of 4 s on the way from 20 % to 80 %
    report.ask("(() => { const one = document.getElementById('scrubber'); one.value = 29000;"
               "one.dispatchEvent(new Event('input')); return 1; })()")
    assert fact(report, "show") == "two"
    assert report.ask("document.querySelector('.fader').textContent") == "music−10.0 dB"
    assert "show two" in report.ask("document.getElementById('scrubber').getAttribute('aria-valuetext')")


def test_the_keyboard_does_everything(report):
    at = "document.getElementById('clock').textContent"
    report.press("Home")
    assert report.ask(at) == "0:00:00"
    for _ in range(3):
        report.press("ArrowRight")
    assert report.ask(at) == "0:00:03"
    report.press("ArrowRight", shift=True)
    assert report.ask(at) == "0:00:13"
    report.press(",")
    assert report.ask(at) == "0:00:11"
    report.press(".")
    report.press("f")
    assert report.ask(at) == "0:00:25"
    whole = report.ask("document.querySelector('.lane canvas').toDataURL()")
    report.press("+")
    assert report.ask("document.querySelector('.lane canvas').toDataURL()") != whole
    report.press("0")
    assert report.ask("document.querySelector('.lane canvas').toDataURL()") == whole
    report.press("End")
    assert report.ask(at) == "0:00:40"
    assert report.ask("[...document.querySelectorAll('button, input, summary')].every((each) => each.tabIndex >= 0)")
    assert report.ask("[...document.querySelectorAll('.keys button')].every((each) => each.ariaLabel)")


def test_it_fits_a_phone_and_the_dark(opened, tmp_path):
    """No sideways scrolling, fingers find the buttons, the night scheme is dark."""
    path = tmp_path / "report.html"
    path.write_text(page(told()), encoding="utf-8")
    opened.size(375, 800, phone=True, dark=True)
    opened.open(path)
    assert opened.trouble() == []
    assert opened.ask("document.documentElement.scrollWidth") <= 375
    assert min(opened.ask("[...document.querySelectorAll('.keys button')].map((each) => each.offsetHeight)")) >= 40
    shade = opened.ask("getComputedStyle(document.body).backgroundColor.match(/[0-9]+/g).map(Number)")
    assert max(shade) < 60
    assert max(painted(opened, "key")) > 1


def test_two_hours_stay_small_and_open_at_once(opened, tmp_path):
    """Issue 3: under 2 MB and open in under a second, for 480 cues in two hours."""
    text = page(told(goes=480, every_s=15))
    assert len(text.encode()) < 2_000_000
    path = tmp_path / "long.html"
    path.write_text(text, encoding="utf-8")
    opened.size(1280, 900)
    begun = time.monotonic()
    opened.open(path)
    drawn = opened.ask("performance.getEntriesByType('navigation')[0].loadEventEnd")
    assert opened.trouble() == []
    assert opened.ask("document.getElementById('clock').textContent") == "0:00:25"
    assert drawn < 1000, f"{drawn} ms until drawn, {time.monotonic() - begun:.2f} s in all"
