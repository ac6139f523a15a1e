"""`showctl devices`: who sends sACN, by the lists that sources tell and by the universes that are listened to."""

import asyncio
import uuid

import pytest

from showctl.codec import sacn as wire
from showctl.errors import UsageError
from showctl.model import DmxFrame, Found
from showctl_drivers import _sacn_found, sacn
from tests.drivers.test_sacn_ear import HERE, OTHER, desk, port

__all__ = ["port"]

CID = bytes(range(16))


async def look(monkeypatch, *meanwhile, seconds=0.2):
    monkeypatch.setattr(_sacn_found, "LISTEN_S", seconds)

    async def found():
        return [each async for each in sacn.find(HERE)]

    looking = asyncio.create_task(found())
    await asyncio.sleep(0.05)
    for each in meanwhile:
        each()
    return await looking


async def test_a_source_is_found_by_the_list_it_tells_and_one_without_by_what_it_sends(monkeypatch):
    """§8, §12: pages of 512 universes; CIDs, not names, tell sources apart."""
    with desk(cid=CID, name="FOH Eos") as eos, desk(name="olad", priority=120) as olad:
        found = await look(
            monkeypatch,
            *(lambda page=page: eos.sends(page, wire.group(wire.DISCOVERY_UNIVERSE))
              for page in wire.discovery(CID, "FOH Eos", range(1, 601))),
            lambda: olad.says(1, universe=2), lambda: olad.says(1, universe=5), lambda: olad.says(1, universe=200),
            lambda: olad.sends(b"noise", wire.group(1)),
            lambda: olad.sends(wire.discovery(bytes(16), "FOH Eos", [])[0], wire.group(wire.DISCOVERY_UNIVERSE)),
        )
    interface = (("interface", HERE),)
    assert found == [
        Found("sacn", interface, "FOH Eos", (f"at {OTHER}", "sends no universe", f"CID {uuid.UUID(bytes=bytes(16))}")),
        Found("sacn", interface, "FOH Eos", (f"at {OTHER}", "sends universe 1-600", f"CID {uuid.UUID(bytes=CID)}")),
        Found("sacn", interface, "olad", (
            f"at {OTHER}", "sends universe 2, 5 (tells no list; 1 to 64 were listened to)", "priority 120",
            "CID 09090909-0909-0909-0909-090909090909")),
    ]


async def test_showctl_itself_is_found(monkeypatch):
    async with sacn.connect(sacn.Config(interface=OTHER, name="panels"), print) as send:
        found = await look(monkeypatch, lambda: send(DmxFrame("panels", 700, bytes(512))))
    assert [(each.name, each.notes[1]) for each in found] == [("showctl panels", "sends universe 700")]


async def test_sources_are_bounded(monkeypatch):
    monkeypatch.setattr(_sacn_found, "SOURCES_MAX", 3)
    with desk() as one:
        def liar():
            for number in range(9):
                one.cid = bytes([number] * 16)
                one.says(1)

        assert len(await look(monkeypatch, liar)) == 3


async def test_an_interface_that_is_not_there_is_a_mistake_of_the_caller():
    with pytest.raises(UsageError, match=r"198\.51\.100\.1"):
        _ = [each async for each in sacn.find("198.51.100.1")]


def test_numbers_in_a_row_are_a_range():
    assert _sacn_found.ranges([5, 1, 2, 3, 8, 9]) == "1-3, 5, 8, 9"
    assert _sacn_found.ranges([]) == ""
