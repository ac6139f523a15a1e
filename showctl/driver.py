"""The driver Protocol, and how a driver is found: ``driver: artnet`` is the module ``showctl_drivers.artnet``."""

from __future__ import annotations

import importlib  # noqa: TID251 - the one place that loads modules by name
import importlib.metadata  # noqa: TID251
import pkgutil
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager
from functools import cache
from typing import Any, Protocol, runtime_checkable

from showctl.errors import UsageError
from showctl.model import Flush, Found, Frame, Lost, Malformed, Presence, Reply, Trigger

Emit = Callable[[Trigger | Malformed | Lost | Presence], None]
"""Synchronous; a Trigger reaches the show in the same turn of the loop (CORE 4). Call it on the loop's thread."""

Send = Callable[[Frame | Reply | Flush], None]
"""Never waits, never raises for a device's sake: levels coalesce, edges queue up to a bound, ``Flush`` drops them."""


@runtime_checkable
class Driver(Protocol):
    """A module with a frozen dataclass ``Config`` and ``connect(config, emit)``.

    ``Config`` names what the sheet may say under the connection, plus two fields that the shell fills:
    ``name`` (the connection's) and, where the driver listens, ``inputs`` (the addresses the sheet's triggers
    want, ``alive`` topics among them). ``Config`` raises ValueError for a value out of its range.
    ``connect`` raises DriverError where the device is absent; a device that goes later is reported by
    ``emit(Lost(...))``. It yields ``send``, or None where nothing goes out. Importing the module imports no third-party
    library (CORE 15): that happens in ``connect``.

    A module may also have ``find(interface)``, see ``Finder``.
    """

    Config: Any

    def connect(self, config: Any, emit: Emit, /) -> AbstractAsyncContextManager[Send | None]:
        """Open the device for as long as the context lasts."""
        ...


@runtime_checkable
class Finder(Protocol):
    """A driver that can look what is out there."""

    def find(self, interface: str, /) -> AsyncIterator[Found]:
        """Each device found, within 12 s; a network is asked only through ``interface``, an address of this machine.

        Raises DriverError where nobody can look (a library or a right is missing, a port is taken).
        """
        ...


ENTRY_POINTS = "showctl.drivers"


def names() -> Iterator[str]:
    """Every driver that ``load`` finds: the shipped modules, then third parties' entry points."""
    import showctl_drivers

    for module in pkgutil.iter_modules(showctl_drivers.__path__):
        if not module.name.startswith("_"):
            yield module.name
    yield from _entries()


@cache
def _entries() -> dict[str, importlib.metadata.EntryPoint]:
    """Third parties' entry points by name. Looked up once: it reads about every installed package, 10 ms and more."""
    found = importlib.metadata.entry_points(group=ENTRY_POINTS)
    return {entry.name: entry for entry in reversed(list(found))}      # of two with one name, the first


def load(name: str) -> Driver:
    """The driver called ``name``. Raises UsageError where there is none or it lacks ``Config`` or ``connect``."""
    if not name.isidentifier() or name.startswith("_") or name not in set(names()):
        raise UsageError(f"no driver '{name}'; there are {', '.join(sorted(set(names())))}")
    entry = _entries().get(name)
    module = entry.load() if entry else importlib.import_module(f"showctl_drivers.{name}")
    if not isinstance(module, Driver):
        raise UsageError(f"driver '{name}' has no Config or no connect(config, emit); drivers/README.md shows one")
    return module
