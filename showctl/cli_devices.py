"""``showctl devices``: what is out there, each as the line that a cue sheet says under ``connections``."""

from __future__ import annotations

import argparse
import asyncio
import json
import re
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, NamedTuple

from showctl.cli_sheet import FINE
from showctl.errors import ShowctlError, UsageError

if TYPE_CHECKING:
    from showctl.driver import Finder
    from showctl.model import Found

LOOK_WITHIN_S = 14.0
DEVICES_MAX = 1024      # a driver
PLAIN = re.compile(r"[\w./-]+", re.ASCII)


class Looked(NamedTuple):
    """What one driver found, and what kept it from looking further."""

    driver: str
    found: list[Found]
    trouble: str = ""


def add(commands: Any) -> None:
    """Offer the command."""
    devices = commands.add_parser(
        "devices", help="list what is out there",
        description="Asks each driver that can look: Art-Net nodes, sACN sources, MIDI ports, serial ports, GPIO "
                    "chips. Every line can be written under 'connections' as it stands. Networks are asked only "
                    "through the named interface. Most answer within 2 s; sACN sources tell of themselves every 10 s.",
    )
    devices.add_argument("--interface", metavar="ADDRESS", default="127.0.0.1",
                         help="this machine's address on the lighting network; default: loopback")
    devices.add_argument("--json", action="store_true", help="as JSON")
    devices.set_defaults(command=_devices)


def _devices(options: argparse.Namespace) -> int:
    asyncio.run(_tell(finders(), options.interface, as_json=options.json))
    return FINE


async def _tell(those: dict[str, Finder], interface: str, as_json: bool) -> None:
    """Each driver's devices as soon as it has looked; as JSON all in the end."""
    tasks = [asyncio.create_task(_one(name, finder, interface)) for name, finder in those.items()]
    if not as_json:
        for next_one in asyncio.as_completed(tasks):
            for line in lines(await next_one):
                print(line, flush=True)
        return
    looked = await asyncio.gather(*tasks)
    print(json.dumps({
        "devices": [asdict(each) | {"settings": dict(each.settings)} for one in looked for each in one.found],
        "troubles": [{"driver": one.driver, "reason": one.trouble} for one in looked if one.trouble],
    }, indent=1))


def finders() -> dict[str, Finder]:
    """Each driver that can look, by name."""
    from showctl import driver

    loaded = {name: driver.load(name) for name in sorted(set(driver.names()))}
    return {name: module for name, module in loaded.items() if isinstance(module, driver.Finder)}


async def _one(name: str, finder: Finder, interface: str) -> Looked:
    """Let one driver look, for a bounded time. Raises UsageError for an interface that is not there."""
    found: list[Found] = []
    try:
        async with asyncio.timeout(LOOK_WITHIN_S):
            async for each in finder.find(interface):
                found.append(each)
                if len(found) == DEVICES_MAX:
                    return Looked(name, found, f"more than {DEVICES_MAX} devices; these are the first")
    except UsageError:
        raise
    except ShowctlError as error:
        return Looked(name, found, str(error))
    except TimeoutError:
        return Looked(name, found, f"did not end within {LOOK_WITHIN_S:g} s")
    except Exception as error:    # a driver of somebody else's; the others go on
        return Looked(name, found, f"the driver failed: {error!r}")
    return Looked(name, found)


def lines(looked: Looked) -> list[str]:
    """What a driver found as text, then what kept it from looking."""
    from showctl.tally import plain

    rows = [(_entry(each), "; ".join(filter(None, [each.name, *each.notes]))) for each in looked.found]
    width = max((len(entry) for entry, _ in rows), default=0)
    text = [f"{entry:<{width}}  # {words}" if words else entry for entry, words in rows]
    if looked.trouble:
        text.append(f"# {looked.driver}: cannot look: {looked.trouble}")
    elif not rows:
        text.append(f"# {looked.driver}: none")
    return [plain(line) for line in text]


def _entry(found: Found) -> str:
    """``{driver: artnet, host: 10.0.0.20}``: YAML, whatever the values are."""
    settings = [("driver", found.driver), *found.settings]
    pairs = (f"{key}: {value if PLAIN.fullmatch(value) else json.dumps(value)}" for key, value in settings)
    return f"{{{', '.join(pairs)}}}"
