"""QLC+ without a screen: its workspace, its process, and the web socket by which it is asked and told."""

from __future__ import annotations

import asyncio
import base64
import os
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

ARTNET, SACN, OSC = "ArtNet", "E1.31", "OSC"
WEB_PORT = 9999


@dataclass(frozen=True)
class Line:
    """A plugin of QLC+ on one interface, with what its dialogue would ask."""

    plugin: str
    settings: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Universe:
    """One of QLC+'s universes. ``through``: what comes in goes out."""

    takes: Line | None = None
    gives: Line | None = None
    through: bool = False


def workspace(universes: Iterable[Universe], interface: str, line: int, sliders: Mapping[str, int]) -> str:
    """A workspace file. ``sliders``: OSC path → the slot (1..512) it moves in the universe that takes OSC."""
    root = ElementTree.Element("Workspace", xmlns="http://www.qlcplus.org/Workspace", CurrentWindow="VirtualConsole")
    engine = ElementTree.SubElement(root, "Engine")
    table = ElementTree.SubElement(engine, "InputOutputMap")
    listening = None
    for number, universe in enumerate(universes):
        row = ElementTree.SubElement(table, "Universe", Name=f"U{number}", ID=str(number))
        if universe.through:
            row.set("Passthrough", "True")
        for name, side in (("Input", universe.takes), ("Output", universe.gives)):
            if side is not None:
                patch = ElementTree.SubElement(row, name, Plugin=side.plugin, UID=interface, Line=str(line))
                ElementTree.SubElement(patch, "PluginParameters",
                                       {key: str(value) for key, value in side.settings.items()})
        if universe.takes is not None and universe.takes.plugin == OSC:
            listening = number
        _dimmers(engine, number)
    console = ElementTree.SubElement(root, "VirtualConsole")
    frame = ElementTree.SubElement(console, "Frame", Caption="")
    for number, (path, slot) in enumerate(sliders.items()):
        _slider(frame, number, listening, path, slot)
    properties = ElementTree.SubElement(console, "Properties")
    ElementTree.SubElement(properties, "Size", Width="800", Height="600")
    ElementTree.SubElement(ElementTree.SubElement(root, "SimpleDesk"), "Engine")
    return '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE Workspace>\n' + ElementTree.tostring(root, "unicode")


def _dimmers(engine: ElementTree.Element, universe: int) -> None:
    """512 dimmers: QLC+ sends only slots that a fixture has."""
    fixture = ElementTree.SubElement(engine, "Fixture")
    for key, text in {"Manufacturer": "Generic", "Model": "Generic", "Mode": "512 Channel", "ID": universe,
                      "Name": f"D{universe}", "Universe": universe, "Address": 0, "Channels": 512}.items():
        ElementTree.SubElement(fixture, key).text = str(text)


def _slider(frame: ElementTree.Element, number: int, universe: int | None, path: str, slot: int) -> None:
    slider = ElementTree.SubElement(frame, "Slider", Caption=path, ID=str(number), WidgetStyle="Slider",
                                    InvertedAppearance="false")
    ElementTree.SubElement(slider, "WindowState", Visible="True", X=str(20 * number), Y="0", Width="20", Height="200")
    ElementTree.SubElement(slider, "SliderMode", ValueDisplayStyle="Exact", ClickAndGoType="None",
                           Monitor="false").text = "Level"
    level = ElementTree.SubElement(slider, "Level", LowLimit="0", HighLimit="255", Value="0")
    ElementTree.SubElement(level, "Channel", Fixture=str(universe)).text = str(slot - 1)
    ElementTree.SubElement(ElementTree.SubElement(slider, "Playback"), "Function").text = "4294967295"
    ElementTree.SubElement(slider, "Input", Universe=str(universe), Channel=str(_channel(path)))


def _channel(path: str) -> int:
    """QLC+ numbers an OSC path by its CRC-16/X-25."""
    crc = 0xFFFF
    for byte in path.encode():
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ 0x8408 if crc & 1 else crc >> 1
    return ~crc & 0xFFFF


def command(folder: Path) -> list[str]:
    """Runs QLC+ with the workspace ``show.qxw`` of the folder, in operate mode, with its web access."""
    for name in ("home", "run"):
        (folder / name).mkdir(mode=0o700)
    settings = {"HOME": folder / "home", "XDG_RUNTIME_DIR": folder / "run", "QT_QPA_PLATFORM": "offscreen"}
    return ["env", *(f"{key}={value}" for key, value in settings.items()),
            "qlcplus", "--web", "--nowm", "--operate", "--open", str(folder / "show.qxw")]


# ---- its web socket ----

class Desk:
    """What a browser on QLC+'s page could do: ask for levels, and move the simple desk's faders."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    def say(self, text: str) -> None:
        """One text frame, masked as a client must (RFC 6455 §5.3)."""
        data = text.encode()
        self._writer.write(bytes([0x81, 0x80 | len(data)]) + bytes(4) + data)

    async def hear(self) -> str:
        """The next text frame."""
        _, length = await self._reader.readexactly(2)
        if length >= 126:
            length = int.from_bytes(await self._reader.readexactly(2 if length == 126 else 8), "big")
        return (await self._reader.readexactly(length)).decode()

    async def levels(self, universe: int, count: int = 512) -> bytes:
        """The first ``count`` slots of QLC+'s universe, counted from 1, as they are now."""
        self.say(f"QLC+API|getChannelsValues|{universe}|1|{count}")
        while not (answer := await self.hear()).startswith("QLC+API|getChannelsValues|"):
            pass
        words = answer.split("|")[2:]
        return bytes(int(value) for value in words[1::3])

    def set(self, universe: int, slot: int, value: int) -> None:
        """Move one fader of the simple desk; universe and slot count from 1."""
        self.say(f"CH|{(universe - 1) * 512 + slot}|{value}")


@asynccontextmanager
async def desk(host: str) -> AsyncIterator[Desk]:
    """Speak to QLC+ as a browser does, once it answers; raises OSError where it does not within 10 s."""
    reader, writer = await _open(host)
    try:
        key = base64.b64encode(os.urandom(16)).decode()
        writer.write(f"GET /qlcplusWS HTTP/1.1\r\nHost: {host}:{WEB_PORT}\r\nUpgrade: websocket\r\n"
                     f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode())
        status = await reader.readuntil(b"\r\n\r\n")
        if b" 101 " not in status.splitlines()[0]:
            raise OSError(status.decode(errors="replace"))
        yield Desk(reader, writer)
    finally:
        writer.close()


async def _open(host: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    for _ in range(100):
        try:
            return await asyncio.open_connection(host, WEB_PORT, limit=1 << 20)
        except OSError:
            await asyncio.sleep(0.1)
    raise ConnectionRefusedError(f"nobody answers on {host}:{WEB_PORT}")
