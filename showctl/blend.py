"""What other desks send, blended into our universes just before they leave, value by value on the wire.

A value is what one parameter of the sheet takes on the wire, one to three slots as a whole; a slot that the sheet
has no use for is a value of its own, and the desk's alone. What shines (an intensity, or an emitter that an intensity
dims) merges by highest, or by latest where the sheet says so; all else is whose who moved it last. A higher priority
has its universe to itself. Masters dim the desk's light as they dim ours. Over a fail state a desk only brightens
(SEMANTICS 8, 17); what is parked is nobody's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from showctl.dimming import HUE, SATURATION, STRONGEST, asked, meant, told
from showctl.fade import FULL, between, progress
from showctl.lamps import Response
from showctl.levels import Levels
from showctl.model import LEVEL_MAX, CueSheet, Merge
from showctl.patch import SLOTS, Patch
from showctl.ranks import SAFE

NOBODY = -1            # a parameter that is none: a slot of no fixture
OURS = -1              # whose a value is that merges by latest: ours, or the guest's of that number


class Value(NamedTuple):
    """One value on the wire: where in the universe, its parameters, and whether it shines."""

    offset: int
    width: int
    parameter: int
    decides: int           # whose priority and masters count: the intensity that dims it, or itself
    shines: bool
    held: bool = False     # a slot that no look moves: ours until a desk moves it
    most: int = LEVEL_MAX  # what the limits of a lamp let anybody tell it


class Guest:
    """One desk on one universe. ``weight`` of 0..2³⁰ goes from ``low`` to nothing once it is let go."""

    __slots__ = ("duration_ns", "low", "merge", "number", "slots", "start_ns", "weight")

    def __init__(self, merge: Merge, number: int) -> None:
        self.merge = merge
        self.number = number
        self.slots = bytearray(SLOTS)
        self.weight = self.low = 0
        self.start_ns = self.duration_ns = 0

    @property
    def leaving(self) -> bool:
        """Whether it is being let go."""
        return self.duration_ns > 0

    def weigh(self, now_ns: int) -> None:
        """Bring the weight to where it is at this moment (motion time)."""
        if self.leaving:
            self.weight = between(self.low, 0, progress(now_ns - self.start_ns, self.duration_ns, "linear"))


class Shared:
    """One universe of ours that others send too."""

    __slots__ = ("at", "guests", "outlets", "owner", "plain", "speaking", "speaks", "values")

    def __init__(
        self, outlets: tuple[int, ...], values: tuple[Value, ...], guests: tuple[Guest, ...], plain: bytes
    ) -> None:
        self.outlets = outlets
        self.values = values
        self.plain = plain                             # by value: one slot of light without limits or a curve
        self.at = {offset: at for at, value in enumerate(values)
                   for offset in range(value.offset, value.offset + value.width)}
        self.speaks = bytearray(len(values))           # by value: whether a guest may have something to say of it
        self.guests = guests                           # lowest priority first
        self.owner = [OURS] * len(values)              # for what merges by latest
        self.speaking: list[int] = []                  # the numbers of those

    def listen(self, exact: bool, concerned: Iterable[int] | None = None) -> None:
        """Find out again of which values guests speak. ``exact``: a guest that says nothing may count as well."""
        heard = [guest.slots for guest in self.guests if guest.weight]
        before = bytes(self.speaks)
        for at in range(len(self.values)) if concerned is None else concerned:
            value = self.values[at]
            self.speaks[at] = bool(heard) and (
                exact or not value.shines or self.owner[at] != OURS
                or any(any(slots[value.offset : value.offset + value.width]) for slots in heard))
        if self.speaks != before:
            self.speaking = [at for at, speaks in enumerate(self.speaks) if speaks]


class Blend:
    """All universes that are shared. ``end_ns``: when the first guest is gone that is being let go, in motion time."""

    def __init__(self, sheet: CueSheet, patch: Patch, levels: Levels) -> None:
        self._levels = levels
        self.guests = {name: Guest(merge, number) for number, (name, merge) in enumerate(sheet.merges.items())}
        self._at: dict[str, Shared] = {}
        self.by_outlet: dict[int, Shared] = {}
        self._spans: dict[int, tuple[int, int]] = {}     # by parameter: its level at zero on the wire, and the rest
        self._naming: dict[int, list[tuple[Shared, int]]] = {}
        self._bends = {bend[2]: bend for bend in patch.bends}
        for each in sheet.patch if sheet.merges else ():
            about = sheet.parameters[each.parameter]
            zero, full = each.whole or (about.minimum, about.maximum)
            self._spans[each.parameter] = zero, full - zero or 1
        for place in dict.fromkeys((each.to, each.universe) for each in sheet.merges.values()):
            self._share(sheet, patch, place)
        self._exact = bool(sheet.priorities) or any(each.priority != 100 for each in sheet.merges.values())
        self.end_ns: int | None = None

    def _share(self, sheet: CueSheet, patch: Patch, place: tuple[str, int]) -> None:
        original = patch.universes.index(place)
        outlets = tuple(outlet for outlet, source in enumerate(patch.slots_of) if source == original)
        guests = [guest for guest in self.guests.values() if (guest.merge.to, guest.merge.universe) == place]
        values = self._limited(_values(sheet, place))
        plain = bytes(each.shines and each.width == 1 and each.parameter not in self._bends for each in values)
        shared = Shared(outlets, values, tuple(sorted(guests, key=lambda each: each.merge.priority)), plain)
        self._at |= {guest.merge.name: shared for guest in guests}
        self.by_outlet |= dict.fromkeys(outlets, shared)
        for at, value in enumerate(shared.values):
            for parameter in {value.parameter: None, value.decides: None}:
                self._naming.setdefault(parameter, []).append((shared, at))
        for each in sheet.patch:
            if each.wheel is not None and each.wheel.tells != "strongest" and (each.to, each.universe) == place:
                for parameter in (each.wheel.green, each.wheel.blue):
                    self._naming.setdefault(parameter, []).append((shared, shared.at[each.slot - 1]))

    def _limited(self, values: tuple[Value, ...]) -> tuple[Value, ...]:
        """The values with what the limits of their lamps let through; a guest is bound by them as a hand is."""
        return tuple(
            each._replace(most=told(self._bends[each.parameter], LEVEL_MAX, LEVEL_MAX) >> 24 - 8 * each.width)
            if each.shines and each.parameter in self._bends else each for each in values)

    # ---- what happens; each returns the outlets it touches ----

    def told(self, name: str, first: int, slots: bytes, baseline: bool) -> tuple[int, ...]:
        """A guest's slots from ``first`` (1..512) on. A ``baseline`` is where it begins: nothing was moved by it."""
        guest, shared = self.guests[name], self._at[name]
        place, before = first - 1, bytes(guest.slots)
        guest.slots[place : place + len(slots)] = slots
        returns = guest.weight != FULL
        guest.weight = guest.low = FULL
        guest.start_ns = guest.duration_ns = 0
        self._find_end()
        moved = dict.fromkeys(shared.at[offset] for offset, (old, new) in enumerate(
            zip(before[place : place + len(slots)], slots, strict=True), place) if old != new)
        if not baseline:
            for at in moved:
                shared.owner[at] = guest.number
        shared.listen(self._exact, None if returns else moved)
        return shared.outlets

    def let_go(self, name: str, now_ns: int, start_ns: int, duration_ns: int) -> tuple[int, ...]:
        """A guest's weight goes to nothing over ``duration_ns``."""
        guest, shared = self.guests[name], self._at[name]
        guest.weigh(now_ns)
        guest.low, guest.start_ns, guest.duration_ns = guest.weight, start_ns, duration_ns
        if duration_ns <= 0:
            self._dismiss(guest)
        self._find_end()
        return shared.outlets

    def take_back(self, parameters: Iterable[int]) -> None:
        """A look of ours names these: what merges by latest is ours again."""
        for parameter in parameters:
            for shared, at in self._naming.get(parameter, ()):
                shared.owner[at] = OURS

    def advance(self, now_ns: int) -> None:
        """Bring every weight to where it is at this moment."""
        for guest in self.guests.values():
            guest.weigh(now_ns)

    def finish(self, now_ns: int) -> list[int]:
        """Part with the guests whose time has come."""
        touched: list[int] = []
        for name, guest in self.guests.items():
            if guest.leaving and guest.start_ns + guest.duration_ns <= now_ns:
                self._dismiss(guest)
                touched += self._at[name].outlets
        self._find_end()
        return touched

    def _dismiss(self, guest: Guest) -> None:
        shared = self._at[guest.merge.name]
        guest.weight = guest.low = guest.start_ns = guest.duration_ns = 0
        shared.owner = [OURS if owner == guest.number else owner for owner in shared.owner]
        shared.listen(self._exact)

    def _find_end(self) -> None:
        self.end_ns = min((guest.start_ns + guest.duration_ns for guest in self.guests.values() if guest.leaving),
                          default=None)

    # ---- the bytes ----

    def into(self, outlet: int, ours: bytes) -> bytes:
        """The universe as it leaves, from what we would send alone."""
        shared = self.by_outlet.get(outlet)
        if shared is None or not shared.speaking:
            return ours
        slots = bytearray(ours)
        simple, theirs = self._simple(shared), shared.guests[0].slots
        gains, groups = self._levels.masters.gains, self._levels.masters.groups
        for at in shared.speaking:
            value = shared.values[at]
            if simple and shared.plain[at]:
                # The common case in line: a desk moves hundreds of these, 44 times a second.
                light = theirs[value.offset]
                if value.decides >= 0:
                    light = light * gains[groups[value.decides]] // LEVEL_MAX
                if light > slots[value.offset]:
                    slots[value.offset] = light
                continue
            end = value.offset + value.width
            level = int.from_bytes(ours[value.offset : end], "big")
            slots[value.offset : end] = self._blended(shared, at, level).to_bytes(value.width, "big")
        return bytes(slots)

    def _simple(self, shared: Shared) -> bool:
        """Whether one desk alone merges by highest at the usual priority: nothing parked, nothing to keep safe."""
        if self._exact or len(shared.guests) > 1 or self._levels.parked or shared.guests[0].weight != FULL:
            return False
        levels = self._levels
        return shared.guests[0].merge.how == "htp" and not (
            any(source.safe for source in levels.sources.order)
            or any(overlay.safe for overlay in levels.overlays.laid.values()))

    def _blended(self, shared: Shared, at: int, ours: int) -> int:
        """One value after another guest, lowest priority first; it stays of as many bits as it has."""
        value, level = shared.values[at], ours
        parked = self._levels.parked
        if parked and (value.parameter in parked or value.decides in parked):
            return ours
        rank = self._rank(value)
        for guest in shared.guests:
            if not guest.weight:
                continue
            merge = guest.merge
            theirs = int.from_bytes(guest.slots[value.offset : value.offset + value.width], "big")
            if value.shines and value.decides >= 0:
                theirs = theirs * self._levels.masters.gains[self._levels.masters.groups[value.decides]] // LEVEL_MAX
            equal = merge.priority == rank
            if value.shines and (rank == SAFE or (equal and merge.how == "htp")):
                level = max(level, theirs * guest.weight // FULL)
            elif merge.priority > rank or (equal and shared.owner[at] == guest.number):
                level = between(level, theirs, guest.weight)
                rank = merge.priority
        return min(level, value.most)

    def _rank(self, value: Value) -> int:
        """With which priority we say what we say: none at all where nobody of ours has a say."""
        if value.decides == NOBODY:
            return 100 if value.held else -1
        return self._levels.rank(value.decides)

    def peek(self, parameter: int, level: int, levels: Callable[[int], int]) -> int:
        """What a parameter is on the wire, guests in it, where ours alone is ``level``; ``advance`` comes first.

        ``levels`` tells our own level of another one. An intensity that has no slot of its own is the highest of its
        emitters, and an emitter is what it is of that.
        """
        for shared, at in self._naming.get(parameter, ()):
            if not any(guest.weight for guest in shared.guests):
                continue
            value = shared.values[at]
            bend = self._bends.get(value.parameter)
            if bend is not None and bend[6] in (HUE, SATURATION):
                continue               # of three parameters: what a desk's hue would make of this one, nobody says
            if value.parameter != parameter:
                wire, _ = self._wire(shared, at, levels(value.parameter), level)
                level = max(level, wire if bend is None else asked(Response(curve=bend[9]), wire))
                continue
            dimmer = LEVEL_MAX if value.decides == parameter else levels(value.decides)
            seen = LEVEL_MAX if value.decides == parameter else self.peek(value.decides, dimmer, levels)
            if bend is not None and bend[6] == STRONGEST:
                dimmer = seen = max(map(levels, bend[10]))
            wire, theirs = self._wire(shared, at, level, dimmer)
            if bend is not None and (theirs or seen != dimmer):
                return meant(bend, wire, seen)
            if theirs or seen != dimmer:
                zero, span = self._spans[parameter]
                return zero + min(LEVEL_MAX, wire * LEVEL_MAX // max(1, seen)) * span // LEVEL_MAX
        return level

    def _wire(self, shared: Shared, at: int, level: int, dimmer: int) -> tuple[int, bool]:
        """A value as it leaves, of 24 bits, from our level and the intensity that dims it; whether it is a guest's."""
        value = shared.values[at]
        zero, span = self._spans[value.parameter]
        bend = self._bends.get(value.parameter)
        whole = max(0, ((level - zero) * LEVEL_MAX // span) * dimmer // LEVEL_MAX if bend is None
                    else told(bend, level, dimmer))
        ours = whole >> 24 - 8 * value.width
        blended = self._blended(shared, at, ours)
        return (whole, False) if blended == ours else (blended * LEVEL_MAX // (256 ** value.width - 1), True)

    # ---- keeping ----

    def snapshot(self) -> dict[str, Any]:
        """JSON values: each guest's slots and weight, and what is theirs by latest."""
        return {
            "guests": {name: [guest.slots.rstrip(b"\0").hex(), guest.weight, guest.low, guest.start_ns,
                              guest.duration_ns] for name, guest in self.guests.items()},
            "owners": {name: [[at, owner] for at, owner in enumerate(shared.owner) if owner != OURS]
                       for name, shared in self._at.items()},
        }

    def restore(self, data: dict[str, Any]) -> None:
        """Take what ``snapshot`` gave, in place of everything."""
        for name, (slots, weight, low, start_ns, duration_ns) in data["guests"].items():
            guest = self.guests[name]
            guest.slots = bytearray(bytes.fromhex(slots).ljust(SLOTS, b"\0"))
            guest.weight, guest.low, guest.start_ns, guest.duration_ns = weight, low, start_ns, duration_ns
        for name, owners in data["owners"].items():
            shared = self._at[name]
            shared.owner = [OURS] * len(shared.values)
            for at, owner in owners:
                shared.owner[at] = owner
            shared.listen(self._exact)
        self._find_end()


def _values(sheet: CueSheet, place: tuple[str, int]) -> tuple[Value, ...]:
    """The whole universe as values: what is patched, what is held, and each slot that is left."""
    values, left = [], dict.fromkeys(range(SLOTS))
    for each in sheet.patch:
        if (each.to, each.universe) == place:
            about = sheet.parameters[each.parameter]
            upward = each.whole is None or each.whole[0] < each.whole[1]
            shines = upward and (about.attribute == "intensity" or each.dimmed_by is not None)
            decides = each.parameter if each.dimmed_by is None else each.dimmed_by
            values.append(Value(each.slot - 1, each.width, each.parameter, decides, shines))
    for held in sheet.held:
        if (held.to, held.universe) == place:
            values.append(Value(held.slot - 1, 1, NOBODY, NOBODY, False, True))
    for value in values:
        for offset in range(value.offset, value.offset + value.width):
            left.pop(offset, None)
    return (*values, *(Value(offset, 1, NOBODY, NOBODY, True) for offset in left))
