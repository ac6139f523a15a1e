"""How to get a show to a state: found in the tables of all regions, then walked, so that it is known to work."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from showctl import fsm
from showctl.fsm import Table, Way
from showctl.model import SECOND_NS, Combination, CueSheet, Input, Region
from showctl_sim.gestures import operators, pressing, sensors
from showctl_sim.script import Act, Script, Watched

Configuration = tuple[str, ...]
"""The leaf of each region, in sheet order."""

FOUND_MAX = 20_000
STEP_NS = 700_000_000        # past any go-gap that a hand keeps
MARGIN_NS = 200_000_000
PANIC = "panic"


@dataclass(frozen=True, slots=True)
class Route:
    """The acts that bring a fresh show into ``state`` of ``region``, and when it is there."""

    region: str
    state: str
    acts: tuple[Act, ...]
    there_ns: int


def routes(sheet: CueSheet) -> tuple[tuple[Route, ...], tuple[str, ...]]:
    """A route to each leaf of each region, in sheet order; and the leaves no route was found to (``region state``)."""
    labels = _paths(sheet)
    found, missing = [], []
    for place, region in enumerate(sheet.regions.values()):
        for leaf in fsm.leaves(region):
            way = next((path for configuration, path in labels.items() if configuration[place] == leaf), None)
            route = None if way is None else _walked(sheet, region.name, leaf, way)
            if route is None:
                missing.append(f"{region.name} {leaf}")
            else:
                found.append(route)
    return tuple(found), tuple(missing)


# ---- on paper ----

def _paths(sheet: CueSheet) -> Mapping[Configuration, tuple[str, ...]]:
    """The shortest series of event names from the start into each configuration, in order of length."""
    regions = list(sheet.regions.values())
    tables = [fsm.tables(region) for region in regions]
    start = tuple(fsm.leaf(region, region.start) for region in regions)
    found: dict[Configuration, tuple[str, ...]] = {start: ()}
    waiting = deque([start])
    while waiting and len(found) < FOUND_MAX:
        here = waiting.popleft()
        for name, there in _next(regions, tables, here):
            if there not in found:
                found[there] = (*found[here], name)
                waiting.append(there)
    return found


def _next(regions: list[Region], tables: list[Table], here: Configuration) -> Iterator[tuple[str, Configuration]]:
    active = {region.name: fsm.lineage(region, leaf) for region, leaf in zip(regions, here, strict=True)}
    both = list(zip(here, tables, strict=True))
    names = dict.fromkeys(name for leaf, table in both for state, name in table if state == leaf)
    for name in names:
        leaves = []
        for place, (leaf, table) in enumerate(both):
            ways = table.get((leaf, name), ()) if name != "go" or place == 0 else ()
            way = next((each for each in ways if _holds(each, active)), None)
            leaves.append(way.target if way is not None and way.target else leaf)
        if tuple(leaves) != here:
            yield name, tuple(leaves)
    yield PANIC, tuple(region.fail for region in regions)


def _holds(way: Way, active: Mapping[str, tuple[str, ...]]) -> bool:
    """Whether its guard holds as far as regions go; triggers are made to agree on the way."""
    guard = way.transition.guard
    return guard is None or all(any(each in active[region] for each in states) for region, states in guard.regions)


# ---- on foot ----

def _walked(sheet: CueSheet, region: str, leaf: str, names: tuple[str, ...]) -> Route | None:
    """The way gone, act by act; None where it did not lead there after all."""
    at_rest = {rule.name: False for rule in sensors(sheet)}
    watched = Watched(sheet, Script(0, at_rest, (), 0, promises=False), alone=True)
    watched.until(2 * SECOND_NS)
    for name in names:
        _go(watched, sheet, name)
    performance = watched.stage.performance
    if performance.states[region] != leaf:
        return None
    return Route(region, leaf, watched.played.acts, performance.now_ns)


def _go(watched: Watched, sheet: CueSheet, name: str) -> None:
    """Make ``name`` happen, and wait for what it brings."""
    by = operators(sheet)[0]
    if name == PANIC:
        _do(watched, lambda at_ns: Act(at_ns, "panic", by=by))
    elif name == "go":
        _press_go(watched, sheet, by)
    elif name.startswith("after "):
        _, state, line = name.split(" ")
        region = next(each for each in sheet.regions.values() if state in each.states)
        watched.until(watched.stage.now_ns + region.states[state].after[int(line)][0] + MARGIN_NS)
    elif name.startswith("lost:"):
        target = name.removeprefix("lost:")
        _do(watched, lambda at_ns: Act(at_ns, "fault", ((target, "gone"),), for_ns=120 * SECOND_NS), 60 * SECOND_NS)
    elif not name.startswith("back:"):
        _make(watched, sheet, name.removeprefix("not "), not name.startswith("not "), by)


def _do(watched: Watched, act: Callable[[int], Act], wait_ns: int = STEP_NS) -> None:
    watched.act(act(watched.stage.now_ns + STEP_NS))
    watched.until(watched.stage.now_ns + wait_ns)


def _press_go(watched: Watched, sheet: CueSheet, by: str) -> None:
    """GO until the main region moves: its cues come first."""
    region = next(iter(sheet.regions.values()))
    performance = watched.stage.performance
    before = performance.states[region.name]
    for _ in range(len(sheet.cues) + 2):
        gap_ns = sheet.go_gap_ns + STEP_NS
        _do(watched, lambda at_ns: Act(at_ns, "go", by=by), gap_ns)
        if performance.states[region.name] != before:
            return


def _make(watched: Watched, sheet: CueSheet, name: str, truth: bool, by: str) -> None:
    """A trigger becomes true or false, whatever it is made of."""
    rule = sheet.triggers[name]
    if isinstance(rule, Combination) and rule.mode == "sequence":
        for member in rule.members:
            _make(watched, sheet, member, True, by)
    elif isinstance(rule, Combination):
        known = watched.stage.performance.truth(name)
        for value in (truth,) if known is not truth else (not truth, truth):      # only a change counts
            for member, wanted in zip(rule.members, _wanted(rule, value), strict=True):
                _make(watched, sheet, member, wanted, by)
            watched.until(watched.stage.now_ns + rule.for_ns + rule.lockout_ns + MARGIN_NS)
    elif rule.when is None:
        _do(watched, lambda at_ns: pressing(sheet, name, at_ns, by))
    else:
        if watched.stage.rig.truths.get(name) is truth:
            _change(watched, rule, not truth)
        _change(watched, rule, truth)


def _change(watched: Watched, rule: Input, truth: bool) -> None:
    _do(watched, lambda at_ns: Act(at_ns, "set", ((rule.name, truth),)), rule.debounce_ns + rule.for_ns + MARGIN_NS)


def _wanted(rule: Combination, truth: bool) -> list[bool]:
    """What its members have to be."""
    needed = {"all": len(rule.members), "any": 1, "none": 0}.get(rule.mode, rule.count)
    if rule.mode == "none":
        return [not truth for _ in rule.members]
    return [truth and place < needed for place in range(len(rule.members))]
