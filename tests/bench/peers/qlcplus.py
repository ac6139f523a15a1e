"""A QLC+ 4 workspace: OSC in, a slider and a scene button bound to it, Art-Net out to two nodes, a crowd that fades."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from xml.sax.saxutils import quoteattr

OSC_PORT = 7700                # line 0 of its OSC plugin listens there
LEVEL, FADE = "/level", "/fade"
FADE_MS = 5000
SLOTS = 512
FADED = 2                      # the slot (from 0) of the scene; QLC+ fades 8 bits
UP, DOWN, CHASER, FADED_SCENE = 1, 2, 3, 0

HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE Workspace>\n'


def channel(path: str) -> int:
    """The number QLC+ gives an OSC path: its CRC-16/X-25 (as Qt's qChecksum)."""
    register = 0xFFFF
    for byte in path.encode():
        register ^= byte
        for _ in range(8):
            register = register >> 1 ^ (0x8408 if register & 1 else 0)
    return register ^ 0xFFFF


def workspace(panels: str, universes: int, crowd: str) -> str:
    """The workspace file: universe 1 to the node at ``panels``, the crowd behind it to the node at ``crowd``."""
    numbers = range(universes + 1)
    return HEAD + _tag(
        "Workspace",
        _tag("Creator", "<Name>Q Light Controller Plus</Name><Version>4.12.6</Version><Author>bench</Author>"),
        _tag("Engine",
             _tag("InputOutputMap", *(_universe(number, crowd if number else panels) for number in numbers)),
             *map(_fixture, numbers), *_functions(universes),
             **({"Autostart": str(CHASER)} if universes else {})),
        _console(),
        xmlns="http://www.qlcplus.org/Workspace", CurrentWindow="VirtualConsole",
    )


def _tag(name: str, *inside: str, **attributes: str) -> str:
    said = "".join(f" {key}={quoteattr(value)}" for key, value in attributes.items())
    return f"<{name}{said}>{''.join(inside)}</{name}>"


def _universe(number: int, host: str) -> str:
    heard = _tag("Input", Plugin="OSC", UID="127.0.0.1", Line="0") if number == 0 else ""
    to = _tag("PluginParameters", outputIP=host, transmitMode="Full")
    output = _tag("Output", to, Plugin="ArtNet", UID="127.0.0.1", Line="0")
    return _tag("Universe", heard, output, Name=f"U{number}", ID=str(number))


def _fixture(number: int) -> str:
    said = {
        "Manufacturer": "Generic", "Model": "Generic", "Mode": f"{SLOTS} Channel", "ID": str(number),
        "Name": f"Slots {number}", "Universe": str(number), "Address": "0", "Channels": str(SLOTS),
    }
    return _tag("Fixture", *(_tag(name, value) for name, value in said.items()))


def _functions(universes: int) -> Iterator[str]:
    """The scene that the button fades, and a chaser that fades the crowd up and down."""
    yield _scene(FADED_SCENE, [_tag("FixtureVal", f"{FADED},255", ID="0")])
    if not universes:
        return
    for number, value in ((UP, 255), (DOWN, 0)):
        values = ",".join(f"{slot},{value}" for slot in range(SLOTS))
        yield _scene(number, [_tag("FixtureVal", values, ID=str(each)) for each in range(1, universes + 1)])
    steps = [
        _tag("Step", str(scene), Number=str(number), FadeIn=str(FADE_MS), Hold="0", FadeOut="0")
        for number, scene in enumerate((UP, DOWN))
    ]
    yield _tag(
        "Function", _tag("Speed", FadeIn=str(FADE_MS), FadeOut="0", Duration=str(FADE_MS)),
        _tag("Direction", "Forward"), _tag("RunOrder", "Loop"),
        _tag("SpeedModes", FadeIn="Common", FadeOut="Common", Duration="Common"), *steps,
        ID=str(CHASER), Type="Chaser", Name="crowd",
    )


def _scene(number: int, values: Iterable[str]) -> str:
    speed = _tag("Speed", FadeIn=str(FADE_MS), FadeOut="0", Duration="0")
    return _tag("Function", speed, *values, ID=str(number), Type="Scene", Name=f"scene {number}")


def _console() -> str:
    """A slider that sets slot 1, a button that toggles the scene."""
    level = _tag(
        "Slider", _window(10), _tag("SliderMode", "Level", ValueDisplayStyle="Exact", ClickAndGoType="None",
                                    Monitor="false"),
        _tag("Level", _tag("Channel", "0", Fixture="0"), LowLimit="0", HighLimit="255", Value="0"),
        _tag("Playback", _tag("Function", "4294967295")), _heard(LEVEL),
        Caption="level", ID="1", WidgetStyle="Slider", InvertedAppearance="false",
    )
    fade = _tag(
        "Button", _window(100), _tag("Function", ID=str(FADED_SCENE)), _tag("Action", "Toggle"),
        _tag("Intensity", "100", Adjust="false"), _heard(FADE), Caption="fade", ID="2", Icon="",
    )
    properties = _tag(
        "Properties", _tag("Size", Width="800", Height="600"),
        _tag("GrandMaster", Visible="true", ChannelMode="Intensity", ValueMode="Reduce", SliderMode="Normal"),
    )
    frame = _tag("Frame", _tag("Appearance", _tag("FrameStyle", "None")), level, fade, Caption="")
    return _tag("VirtualConsole", frame, properties) + _tag("SimpleDesk", _tag("Engine"))


def _window(left: int) -> str:
    return _tag("WindowState", Visible="True", X=str(left), Y="10", Width="60", Height="200")


def _heard(path: str) -> str:
    return _tag("Input", Universe="0", Channel=str(channel(path)))
