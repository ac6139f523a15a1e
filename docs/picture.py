"""Draws docs/terminal.svg from a real run: the sheet on the rig, a few seconds in, as the terminal shows it.

    .venv/bin/python docs/picture.py
"""

from __future__ import annotations

import asyncio
import re
from html import escape
from pathlib import Path

from showctl import driver, face, sheet
from showctl.clock import pause
from showctl.daemon import Daemon
from showctl.journal import Journal
from showctl.model import Trigger
from showctl.screen import draw
from showctl_sim import rig

HERE = Path(__file__).parent
SHEET = HERE.parent / "cuesheets" / "corner-shop.yaml"
COLUMNS, LINES = 100, 21
CELL_X, CELL_Y, MARGIN = 8.4, 19, 14
PRESSES = ("/showctl/go", "/showctl/go", "/showctl/go", "/showctl/go")
INKS = {"": "#d8dee9", "1": "#ffffff", "2": "#7b8794", "32": "#8fce72", "31;1": "#ff6b6b", "33": "#e8c95d"}
SPAN = re.compile(r"\x1b\[([0-9;]*)m(.*?)\x1b\[0m|([^\x1b]+)", re.DOTALL)


async def run(folder: Path) -> list[str]:
    """Play a little of the show and return the terminal's lines."""
    text = SHEET.read_text(encoding="utf-8")
    drivers = {name: driver.load(name) for name in driver.names()}
    configs = {name: found.Config for name, found in drivers.items()}
    planned = rig.plan(sheet.read(text, str(SHEET), configs))
    venue = rig.venue(planned)
    show = sheet.read(text, str(SHEET), configs, venue)
    async with rig.start(planned) as running:
        daemon = Daemon(show, sheet.bundle(text, str(SHEET), venue), drivers, Journal(folder / "picture.jsonl"))
        playing = asyncio.create_task(daemon.run())
        await pause(3)
        for address in PRESSES:
            daemon.emit(Trigger("terminal", address, (), sender="terminal"))
            await pause(2.5)
        running.tell({"toggle": "door"})
        await pause(1.5)
        keys = face.sensor_keys(planned.sensors)
        view = face.look(daemon.status, daemon.health(), running.reports, daemon.merge.now_ns(), keys)
        daemon.stop()
        await playing
    return draw(view, COLUMNS, LINES)


def picture(lines: list[str]) -> str:
    """Lines with SGR codes → SVG, a cell a character."""
    width, height = COLUMNS * CELL_X + 2 * MARGIN, len(lines) * CELL_Y + 2 * MARGIN
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" '
        'font-family="ui-monospace, Menlo, Consolas, monospace" font-size="14">',
        "<title>showctl on a terminal</title>",
        f'<rect width="{width:.0f}" height="{height:.0f}" rx="8" fill="#15191f"/>',
    ]
    for row, line in enumerate(lines):
        column = 0
        for style, styled, plain in SPAN.findall(line):
            text = styled or plain
            parts += _span(style, text, MARGIN + column * CELL_X, MARGIN + row * CELL_Y)
            column += len(text)
    return "\n".join([*parts, "</svg>"]) + "\n"


def _span(style: str, text: str, x: float, y: float) -> list[str]:
    columns = len(text) * CELL_X
    if style.startswith("48;2;"):
        colour = "#" + "".join(f"{int(part):02x}" for part in style.split(";")[2:])
        return [f'<rect x="{x:.1f}" y="{y}" width="{columns:.1f}" height="{CELL_Y}" fill="{colour}"/>']
    words = text.strip()
    if not words:
        return []
    x += (len(text) - len(text.lstrip())) * CELL_X
    place = f'x="{x:.1f}" y="{y + 14}" textLength="{len(words) * CELL_X:.1f}" xml:space="preserve"'
    return [f'<text {place} fill="{INKS[style]}">{escape(words)}</text>']


def main() -> None:
    """Play, draw, write."""
    import tempfile
    with tempfile.TemporaryDirectory() as folder:
        lines = asyncio.run(run(Path(folder)))
    (HERE / "terminal.svg").write_text(picture(lines), encoding="utf-8")


if __name__ == "__main__":
    main()
