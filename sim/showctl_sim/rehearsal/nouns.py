"""The nouns of a rehearsal: what is done, what is expected, what came of it. All frozen; nothing here does anything."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from showctl.recording import Recording
    from showctl_sim.coverage import Coverage
    from showctl_sim.performance import Performance
    from showctl_sim.promises import Promise

Bounds = tuple[int, int, int]
"""A parameter, and the lowest and highest level that will do."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands in a rehearsal, counted from 1."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Doing:
    """One thing that is done, ``times`` over. ``items`` are what it is done to, each with a value.

    ``after_ns`` counts from the step before; ``by`` is a station, or the host of a stranger.
    """

    place: Place
    text: str
    verb: str
    items: tuple[tuple[str, Any], ...] = ()
    by: str = ""
    after_ns: int = 0
    times: int = 1
    every_ns: int = 0
    for_ns: int | None = None
    once: bool = False
    retained: bool = False


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that is expected. ``kind`` is a row of ``checks.CHECKS``, which says what ``value`` is."""

    place: Place
    kind: str
    name: str
    text: str
    value: Any


@dataclass(frozen=True, slots=True)
class Expecting:
    """What is expected, when: at once, ``after`` a time, ``within`` one, or ``throughout`` one.

    ``budget_ns`` is how long it may be since the last thing that was done.
    """

    place: Place
    text: str
    checks: tuple[Check, ...]
    after_ns: int = 0
    within_ns: int = 0
    throughout_ns: int = 0
    budget_ns: int | None = None


Line = Doing | Expecting


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """A whole rehearsal, every name resolved against the sheet it was read with.

    ``given`` is what the sensors say at connect (None: never heard), ``messages`` are raw payloads by
    (connection, address), ``missing`` are connections that are not there; ``silent``: who is not named says nothing.
    """

    name: str
    file: str
    steps: tuple[Line, ...]
    given: Mapping[str, bool | None] = field(default_factory=dict)
    messages: tuple[tuple[str, str, Any], ...] = ()
    missing: tuple[str, ...] = ()
    silent: bool = False
    promises: tuple[Promise, ...] = ()
    seed: int = 0
    trace: str = ""                        # the file of a recording that it begins with, beside it
    recording: Recording | None = None     # and what is in it, once ``recorded.joined`` has read it


@dataclass(frozen=True, slots=True)
class Failure:
    """One expectation or promise that did not hold. ``step`` counts from 0; −1 is a promise over the whole run."""

    step: int
    line: int
    column: int
    at_ns: int
    expected: str
    got: str


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a rehearsal. ``moments`` are when each step was done or held, in ns of show time."""

    rehearsal: Rehearsal
    passed: bool
    failures: tuple[Failure, ...]
    performance: Performance
    coverage: Coverage
    moments: tuple[int, ...] = ()
    notes: tuple[str, ...] = ()
