"""MIDI ports of this machine by python-rtmidi, opened raw: ALSA sequencer or JACK."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, nullcontext
from typing import Any

from showctl.errors import DriverError
from showctl_drivers import _jack_watch

LOOK_EVERY_S = 1.0         # whether the port is still there


@asynccontextmanager
async def open_ports(
    port: str,
    api: str,
    listen: bool,
    heard: Callable[[bytes], None],
    lost: Callable[[str], None],
) -> AsyncIterator[Callable[[bytes], None]]:
    """Yield what sends one message to the first output whose name contains ``port``.

    With ``listen`` the input of that name is opened too, and ``heard`` gets each message on rtmidi's thread.
    ``lost`` gets the reason when the port goes. Raises DriverError that names the ports there are.
    """
    rtmidi = _library()
    opened: list[Any] = []
    try:
        output, found = _open(rtmidi.MidiOut, rtmidi, port, api, "output", opened)
        if listen:
            incoming, _ = _open(rtmidi.MidiIn, rtmidi, port, api, "input", opened)
            incoming.ignore_types(sysex=False, timing=True, active_sense=True)
            incoming.set_callback(lambda event, _data: heard(bytes(event[0])))

        def put(message: bytes) -> None:
            try:
                output.send_message(message)
            except Exception as error:  # rtmidi's errors have no root of their own
                lost(f"MIDI port '{found}' takes nothing more: {error}")

        jack = output.get_current_api() == rtmidi.API_UNIX_JACK
        with _looking(output, found, lost), _jack_watch.watching(lost) if jack else nullcontext():
            yield put
    finally:
        for end in opened:
            _close(end)


def names() -> tuple[list[str], list[str]]:
    """The names of all outputs and of all inputs. Raises DriverError where nobody can look."""
    rtmidi = _library()
    opened: list[Any] = []
    try:
        for kind in (rtmidi.MidiOut, rtmidi.MidiIn):
            opened.append(kind(name="showctl devices"))
        outputs, inputs = (list(end.get_ports()) for end in opened)
    except Exception as error:  # without ALSA or JACK rtmidi raises a SystemError of its own
        raise DriverError(f"no MIDI here: {error}; is the ALSA sequencer or JACK running?") from None
    finally:
        for end in opened:
            _close(end)
    return outputs, inputs


@contextmanager
def _looking(output: Any, found: str, lost: Callable[[str], None]) -> Iterator[None]:
    """Every second, see whether the port is still there: neither ALSA nor JACK tells us."""
    loop = asyncio.get_running_loop()
    timer: asyncio.TimerHandle | None = None

    def look() -> None:
        nonlocal timer
        timer = loop.call_later(LOOK_EVERY_S, look)
        if found not in _ports(output):
            lost(f"MIDI port '{found}' has gone")

    timer = loop.call_later(LOOK_EVERY_S, look)
    try:
        yield
    finally:
        if timer is not None:
            timer.cancel()


def _library() -> Any:
    try:
        import rtmidi
    except ImportError as error:
        raise DriverError(
            f"MIDI ports need python-rtmidi ({error}); pip install 'showctl[midi]', "
            "and libasound2 of the system"
        ) from None
    return rtmidi


def _open(kind: Any, rtmidi: Any, port: str, api: str, way: str, opened: list[Any]) -> tuple[Any, str]:
    apis = {
        "auto": rtmidi.API_UNSPECIFIED,
        "alsa": rtmidi.API_LINUX_ALSA,
        "jack": rtmidi.API_UNIX_JACK,
    }
    try:
        end = kind(apis[api], name="showctl")
        opened.append(end)
        there = end.get_ports()
        index = next((number for number, text in enumerate(there) if port.lower() in text.lower()), None)
        if index is not None:
            end.open_port(index, way)
            return end, there[index]
    except Exception as error:  # without ALSA or JACK rtmidi raises a SystemError of its own
        raise DriverError(f"no MIDI {way} '{port}': {error}; is the ALSA sequencer or JACK running?") from None
    names = ", ".join(f"'{text}'" for text in there) or "none at all"
    raise DriverError(f"no MIDI {way} with '{port}' in its name; there are {names}")


def _ports(end: Any) -> list[str]:
    try:
        return list(end.get_ports())
    except Exception:  # the server has gone, and its ports with it
        return []


def _close(end: Any) -> None:
    try:
        cancel = getattr(end, "cancel_callback", None)
        if cancel is not None:
            cancel()
        end.close_port()
        end.delete()
    except Exception:  # a port that has gone cannot be closed any better
        pass
