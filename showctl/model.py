"""The nouns: every value that passes between rooms, all frozen.

Times are integer nanoseconds of show time, counted from the start of the run. Levels are integers of 24 bits
(``0..LEVEL_MAX``), colour temperatures integers in millikelvin. Nothing here does anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, TypeVar, dataclass_transform

if TYPE_CHECKING:
    from showctl.lamps import Profile, Response

from showctl.targets import gathered

SECOND_NS = 1_000_000_000
LEVEL_MAX = 0xFF_FFFF
FRAME_RATE_HZ = 44
STANDING = -1                   # a level: wherever it stands at that moment
PRIORITY = 100                  # of who says nothing of it, as sACN has it: 0..200
CONFIRM_NS = 5 * SECOND_NS      # a hazard is confirmed by the same station within this (SEMANTICS 33)

Value = None | bool | int | float | str | bytes | tuple["Value", ...]
"""What a wire can carry to us. JSON text stays text until a condition reads it."""

Address = tuple[str | int, ...]
"""Where on a device, in the driver's words: ``("cc", 1, 0)``, ``("osc", "/ch/01/fader")``, ``("topic", "cart")``."""


Noun = TypeVar("Noun")


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def noun(kind: type[Noun]) -> type[Noun]:
    """A value made while the show runs: frozen to whoever reads and to the type checker, plain slots at run time.

    A dataclass that also guards itself at run time sets each field by a call, several times the cost of the value.
    """
    return dataclass(slots=True, unsafe_hash=True)(kind)


# ---- what comes in ----

@noun
class Trigger:
    """What a driver saw, raw: the recorded input of the show (CORE 1).

    ``source`` is the connection's name in the sheet; ``""`` is showctl itself (``lost``, ``back``, ``stalled``,
    ``resumed``, with the connection's name or a number as value). ``sender`` is who, where the wire says so
    (``10.0.0.31:9000``). ``message_id`` is set only where the wire marks a redelivery (MQTT's DUP flag).
    ``seen_ns`` is the driver's or kernel's stamp, for lateness only: it never decides.
    """

    source: str
    address: str
    value: Value = None
    sender: str = ""
    retained: bool = False
    message_id: int | None = None
    seen_ns: int | None = None


@noun
class Malformed:
    """Bytes a driver could not read: counted and shown, never admitted, never recorded as input."""

    source: str
    reason: str
    sender: str = ""


@noun
class Lost:
    """A driver's device is gone; the shell closes the driver, tells the show and tries again with back-off."""

    source: str
    reason: str


@noun
class Presence:
    """Whether the device answers, where a driver can tell and sends on all the same: the show hears lost or back.

    ``reason`` says what is missing; it is empty where the device is there.
    """

    source: str
    there: bool
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """One device that is out there: what a cue sheet says under ``connections`` to mean it, and who it says it is."""

    driver: str
    settings: tuple[tuple[str, str], ...]
    name: str = ""
    notes: tuple[str, ...] = ()


# ---- what the sheet makes of it ----

@noun
class Event:
    """A trigger in the sheet's own words.

    kind        name                          value
    command     a verb of ``vocabulary``      its arguments (tuple)
    edge        a trigger of the sheet        True on becoming true, False on becoming false
    press       a trigger of the sheet        None
    confirm     a trigger of the sheet        None: pressed once, to be pressed again by the same station
    lost, back  a connection, trigger, desk   None
    merged      a desk that shares a universe (first slot, slots, whether it begins): as ``Slots``
    returned    a connection                  None: up for the first time, or back before anybody missed it
    touched     a fader                       the hand's position, 0..LEVEL_MAX
    gripped     a fader                       None: a finger is on it
    recalled    a connection                  the program that its mixer says it went to
    stalled     ""                            how late the oldest wake-up was, ns
    resumed     ""                            how long no process lived, ns
    heard       address as source/address     a reading that moved nothing (text of why)
    refused     address as source/address     the reason (text)

    ``station`` is the station's name, or "" for the room itself.
    """

    kind: str
    name: str
    value: Value = None
    station: str = ""
    sender: str = ""


# ---- what is decided ----

@noun
class Fade:
    """Move parameters of one source. ``start_ns`` may lie in the past (load-to-time, resume)."""

    source: str
    targets: tuple[tuple[int, int], ...]
    start_ns: int
    duration_ns: int
    curve: str = "linear"
    relative: bool = False


@noun
class Lay:
    """Lay an overlay (source ``name``) over the regions: its weight goes 0 to full over ``duration_ns``."""

    name: str
    targets: tuple[tuple[int, int], ...]
    start_ns: int
    duration_ns: int
    curve: str = "linear"


@noun
class Release:
    """Take an overlay off: its weight goes to nothing over ``duration_ns``, then the source is gone."""

    name: str
    start_ns: int
    duration_ns: int


@noun
class Swing:
    """Let an effect of the sheet move what a source wants; its weight goes 0 to full over ``duration_ns``.

    ``name`` is ``source/effect``: a region or an overlay, and which effect. The first beat begins at ``start_ns``; an
    endless effect that is still seen goes on in step instead. ``seed`` decides where a sparkle sparkles. A
    ``Release`` of that name takes it off.
    """

    name: str
    start_ns: int
    duration_ns: int
    curve: str = "linear"
    seed: int = 0


@noun
class GiveWay:
    """An effect leaves these parameters where they stand: a later look has them from here on (SEMANTICS 8)."""

    name: str
    parameters: tuple[int, ...]


@noun
class Freeze:
    """One effect alone stands still (True) or goes on from there (False)."""

    name: str
    frozen: bool


@noun
class Safe:
    """``source`` is (or is no longer) in its fail state: what it writes passes masters and blackout (SEMANTICS 17)."""

    source: str
    safe: bool


@noun
class Master:
    """Set a master: ``grand``, ``blackout`` (0 or LEVEL_MAX = black) or ``sub/<name>``."""

    name: str
    level: int


@noun
class Park:
    """Pin parameters after everything, masters and other sources included; level ``STANDING`` is where each is now."""

    targets: tuple[tuple[int, int], ...]


@noun
class Unpark:
    """Let parked parameters go; ``parameters`` empty means all of them."""

    parameters: tuple[int, ...] = ()


@noun
class Slots:
    """A desk that shares a universe says these slots, from ``first`` (1..512) on.

    ``baseline``: so it begins to be heard, and nothing of it was moved just now.
    """

    name: str
    first: int
    values: bytes
    baseline: bool = False


@noun
class Hand:
    """A hand moved a fader: its fade ends there (SEMANTICS 32)."""

    parameter: int
    level: int
    echo: bool = False    # the fader already stands there, so nothing is sent


@noun
class Grip:
    """A finger has landed on a fader: what moves it ends where it stands (SEMANTICS 32)."""

    parameter: int


@noun
class Recall:
    """A mixer is told to recall a scene: from here on nobody knows where its faders stand (SEMANTICS 31)."""

    to: str


@noun
class Hold:
    """Freeze (True) or let go (False) every fade and overlay."""

    frozen: bool


@noun
class Halt:
    """Stop a source's fades where they stand; ``parameters`` empty means all of them."""

    source: str
    parameters: tuple[int, ...] = ()


@noun
class Resend:
    """Send the present levels of one connection again (a device came back, SEMANTICS 30)."""

    to: str


@noun
class Send:
    """Send one edge: once, in order, or dropped and shown after ``expires_ns``."""

    to: str
    address: Address
    value: Value
    expires_ns: int = 2 * SECOND_NS
    hazard: str = ""
    cue: str = ""


Action = (
    Fade | Lay | Release | Swing | GiveWay | Freeze | Safe | Master | Park | Unpark | Slots
    | Hand | Grip | Recall | Hold | Halt | Resend | Send
)


@noun
class Move:
    """One transition taken: states left inner first, entered outer first (CORE 10)."""

    region: str
    source: str
    target: str
    left: tuple[str, ...]
    entered: tuple[str, ...]


@noun
class Step:
    """The record of one decision; everything that looks at the show reads only this."""

    number: int
    at_ns: int
    event: Event
    moves: tuple[Move, ...] = ()
    started: tuple[str, ...] = ()             # cue numbers as text
    ended: tuple[str, ...] = ()
    actions: tuple[Action, ...] = ()
    standby: tuple[tuple[str, str], ...] = ()  # (region, what GO does next), only where it changed
    said: tuple[str, ...] = ()                # words for every station
    refused: str = ""                         # the reason, for event.station / event.sender
    accepted: bool = False                    # a press by a person that did something: acknowledge it
    notes: tuple[str, ...] = ()               # anything else worth a line in the report


# ---- what goes out ----

@noun
class DmxFrame:
    """All 512 slots of one universe for one connection, rendered for ``at_ns``.

    ``more`` is the shell's word to a driver that syncs: other universes of the same tick follow (CORE 14).
    """

    to: str
    universe: int
    slots: bytes
    at_ns: int = 0
    more: bool = False


@noun
class LevelFrame:
    """One fader or OSC ramp: ``value`` of 0..``steps``. Newest wins; the last is always sent."""

    to: str
    address: Address
    value: int
    steps: int
    at_ns: int = 0


@noun
class EdgeFrame:
    """One message to send once, in order, unless ``at_ns + expires_ns`` has passed."""

    to: str
    address: Address
    value: Value
    at_ns: int
    expires_ns: int
    hazard: str = ""


@noun
class Reply:
    """One message to one station (OSC path and arguments), outside the show's frames."""

    to: str
    peer: str
    path: str
    arguments: tuple[Value, ...] = ()


@noun
class Flush:
    """Panic: throw away every edge that still waits in the outbox of one connection (SEMANTICS 4).

    Levels stay, for the last one is always sent (SEMANTICS 29).
    """

    to: str


Frame = DmxFrame | LevelFrame | EdgeFrame


# ---- the sheet: the room ----

@dataclass(frozen=True, slots=True)
class Connection:
    """One box: its driver's name and the driver's own settings, checked by the driver's Config.

    ``copies`` names another connection whose universes all go here too.
    """

    name: str
    driver: str
    settings: Mapping[str, object]
    copies: str = ""


@dataclass(frozen=True, slots=True)
class Station:
    """Who may press. ``host`` is matched against the sender; ``says`` maps words of a serial line to verbs."""

    name: str
    connection: str
    host: str = ""
    says: Mapping[str, str] = field(default_factory=dict)
    role: str = "operator"      # operator | viewer


@dataclass(frozen=True, slots=True)
class Parameter:
    """One thing that has a level: an attribute of a fixture, or a fader. Numbered from 0 over the whole sheet.

    ``attribute`` is ``intensity``, ``cct``, ``red`` … or ``fader``. Intensities merge by highest, all else by latest
    (SEMANTICS 8). ``intensity`` is the parameter that makes this one visible: colour at zero snaps (SEMANTICS 10).
    ``response`` is how an intensity leaves; ``mired``: a ``cct`` whose level is a ``reciprocal`` as ``light`` has it.
    """

    index: int
    owner: str
    attribute: str
    minimum: int = 0
    maximum: int = LEVEL_MAX
    default: int = 0
    intensity: int | None = None
    submasters: tuple[str, ...] = ()
    response: Response | None = None
    mired: bool = False


@dataclass(frozen=True, slots=True)
class Wheel:
    """What slots tell of a colour instead of one parameter: its ``hue`` or ``saturation``, or its ``strongest`` part.

    ``red``, ``green`` and ``blue`` are the parameters that it is worked out of, as ``wheel`` does.
    """

    tells: str
    red: int
    green: int
    blue: int


@dataclass(frozen=True, slots=True)
class Patched:
    """One parameter on the wire: ``width`` slots (coarse first) from ``slot`` (1..512) of a universe.

    The parameter's ``minimum..maximum`` becomes the whole range of the slots; with ``dimmed_by`` the result is
    multiplied by that intensity (a fixture without a dimmer of its own). ``whole`` is what the slots mean at zero and
    at full, where that is not the parameter's range: a kelvin that starts at slot value 11, or runs downward.
    With a ``wheel`` the slots tell its hue or saturation, and ``parameter`` is its red; or ``parameter`` is an
    intensity that its strongest part dims.
    """

    to: str
    universe: int
    slot: int
    width: int
    parameter: int
    dimmed_by: int | None = None
    whole: tuple[int, int] | None = None
    wheel: Wheel | None = None


@dataclass(frozen=True, slots=True)
class Held:
    """A slot that no look moves, at its one ``value`` (0..255) from the first frame on: an open shutter, a mode."""

    to: str
    universe: int
    slot: int
    value: int


@dataclass(frozen=True, slots=True)
class Submaster:
    """What a hand masters: intensities that it holds back, or, where it has a ``look``, that look, which it brings up.

    ``start`` is where it stands until somebody moves it.
    """

    name: str
    start: int = LEVEL_MAX
    look: tuple[tuple[int, int], ...] | None = None


@dataclass(frozen=True, slots=True)
class Merge:
    """A desk that shares a universe of ours: ``heard`` on a connection, blended into ``universe`` of ``to``.

    ``how`` its light merges with ours at equal ``priority`` (0..200): ``htp`` or ``ltp``. Once silent, it is held for
    ``hold_ns`` and fades out over ``release_ns``.
    """

    name: str
    connection: str
    heard: int
    to: str
    universe: int
    how: str = "htp"
    priority: int = PRIORITY
    hold_ns: int = 5 * SECOND_NS
    release_ns: int = 2 * SECOND_NS


@dataclass(frozen=True, slots=True)
class FaderPatch:
    """One fader on the wire: ``steps`` positions above zero (127, 16383, LEVEL_MAX)."""

    name: str
    to: str
    address: Address
    steps: int
    parameter: int
    ceiling: int = LEVEL_MAX
    start: int | None = None      # position sent once at the start; None: unknown until a cue says
    law: str = "linear"           # decibels to travel, a name of ``laws`` or a law written out
    mute: tuple[Value, Value] | None = None     # what mutes it and what opens it, by the command ``mute/<name>``
    touch: Address | None = None  # what the device says when a finger lands on it, where it can tell


@dataclass(frozen=True, slots=True)
class Command:
    """Something a cue or state may send: an edge."""

    name: str
    to: str
    address: Address
    expires_ns: int = 2 * SECOND_NS
    hazard: str = ""              # "" | moves | burns | emits
    recalls: bool = False         # afterwards nobody knows where the faders there stand (SEMANTICS 31)


@dataclass(frozen=True, slots=True)
class Comparison:
    """``path op operand`` on one reading. ``path`` () is the whole payload; ``op`` one of == != < <= > >=.

    A number operand compares as exact decimals, ``true``/``false`` take on/off/true/false/0/1/open/closed words
    as ``conditions`` says, text compares as text. What cannot be compared is unknown, which is never true.
    """

    path: tuple[str, ...]
    op: str
    operand: bool | Decimal | str


@dataclass(frozen=True, slots=True)
class Input:
    """One sensor reading or word of a connection: a level (``when``) or a pulse (``says``, ``button``) (CORE 3)."""

    name: str
    connection: str = ""               # "" for a button
    address: str = ""
    kind: str = "level"                # level | press | button
    when: Comparison | None = None
    until: Comparison | None = None    # hysteresis: becomes false only when this is true
    says: str | None = None            # the value that is a press; None with kind press: any value
    says_path: tuple[str, ...] = ()
    label: str = ""                    # a button's words
    confirm: bool = False
    initial: bool | None = None
    debounce_ns: int = 0
    for_ns: int = 0
    lockout_ns: int = 0
    rate_limit: tuple[int, int] | None = None   # at most n edges or presses in that many ns
    alive: str = ""                    # address whose payload tells online/offline
    silent_ns: int | None = None
    grace_ns: int = 5 * SECOND_NS


@dataclass(frozen=True, slots=True)
class Combination:
    """Conditions combined (``all any none n of``) or happenings in order (``sequence`` within ``within_ns``)."""

    name: str
    mode: str                          # all | any | none | count | sequence
    members: tuple[str, ...]
    count: int = 0
    within_ns: int | None = None
    for_ns: int = 0
    lockout_ns: int = 0


TriggerRule = Input | Combination


# ---- the sheet: the show ----

@dataclass(frozen=True, slots=True)
class Part:
    """Some parameters of a cue that move together. Targets are (parameter, level)."""

    targets: tuple[tuple[int, int], ...]
    fade_ns: int = 0
    delay_ns: int = 0
    curve: str = "linear"
    relative: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "targets", gathered(self.targets))


@dataclass(frozen=True, slots=True)
class Effect:
    """A pattern over some fixtures, counted in beats; ``shapes`` has what each shape does.

    Row r moves ``parameters[r]``, of the fixture at ``places[r]`` of the ``of`` places of the walk. ``ends`` are the
    looks it goes between: two, or one for each of the steps; each has a level for each row, or, where ``rides`` says
    so, a difference from the level beneath. A beat is 2³² turns, a whole share 2³⁰.
    """

    name: str
    shape: str
    parameters: tuple[int, ...]
    places: tuple[int, ...]
    of: int
    ends: tuple[tuple[int, ...], ...]
    rides: tuple[tuple[bool, ...], ...]
    beats: int = 1                     # so many beats ...
    per_ns: int = SECOND_NS            # ... in so long, exactly
    spread: int = 0                    # turns of a round by which the last place but one lags behind the first
    phase: int = 0                     # turns of a round by which it is ahead
    bounce: bool = False               # the walk turns round at its ends
    soft: int = 0                      # share of a beat, or of a spark's life, spent on crossing over
    width: int = 1                     # chase: places lit at once; step: turns of a beat at its second end
    density: int = 0                   # sparkle: the share of beats that spark
    life: int = 0                      # sparkle: turns that a spark lives
    fade_ns: int = 0
    curve: str = "linear"
    release_ns: int = 0
    length_ns: int | None = None       # it lets go by itself after this long; None: it goes on

    @property
    def own(self) -> tuple[int, ...]:
        """The parameters that it has to itself, so that a later look takes them; none where any of it rides."""
        return () if any(any(end) for end in self.rides) else self.parameters

    @property
    def span_ns(self) -> int:
        """From its start until it has let go; without an end, until it is there."""
        return self.fade_ns if self.length_ns is None else self.length_ns + self.release_ns


@dataclass(frozen=True, slots=True)
class Message:
    """One command to send from a cue or a state."""

    command: str
    value: Value


@dataclass(frozen=True, slots=True)
class CueAct:
    """A cue acting on cues: ``start stop pause resume release load arm disarm go-to``.

    ``time_ns`` is how far in ``load`` begins, or how long ``release`` takes (None: as that cue says); ``effect`` is the
    only effect that ``release`` lets go.
    """

    verb: str
    cue: Decimal
    time_ns: int | None = 0
    effect: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """How a group cue plays its members: ``parallel``, ``sequence``, ``first`` (then standby) or ``random``."""

    mode: str
    members: tuple[Decimal, ...]


@dataclass(frozen=True, slots=True)
class Cue:
    """One cue. ``number`` is an exact decimal, normalised (1.10 is 1.1)."""

    number: Decimal
    name: str = ""
    parts: tuple[Part, ...] = ()
    messages: tuple[Message, ...] = ()
    acts: tuple[CueAct, ...] = ()
    pre_wait_ns: int = 0
    post_wait_ns: int = 0
    auto_continue: Decimal | None = None
    auto_follow: Decimal | None = None
    overlay_ns: int | None = None      # lies over the list this long, then releases
    release_ns: int = 0
    group: Group | None = None
    armed: bool = True
    skip: bool = False
    hazard: str = ""
    note: str = ""
    say: str = ""
    effects: tuple[Effect, ...] = ()

    @property
    def length_ns(self) -> int:
        """The action's longest part as written, from the end of pre-wait (SEMANTICS 11)."""
        return max((part.delay_ns + part.fade_ns for part in self.parts), default=0)

    @property
    def span_ns(self) -> int:
        """The same with its effects; one without an end counts until it is there."""
        return max([self.length_ns, *(each.span_ns for each in self.effects)])


@dataclass(frozen=True, slots=True)
class Guard:
    """Data, not code: every entry must hold. Names are regions (any of these states) or triggers (True/False).

    A parent state's name covers its children. What reads unknown is false (SEMANTICS 21).
    """

    regions: tuple[tuple[str, tuple[str, ...]], ...] = ()
    triggers: tuple[tuple[str, bool], ...] = ()


@dataclass(frozen=True, slots=True)
class Transition:
    """One line of a state: where to, under which guard, and what the refused station reads.

    ``kind`` is ``state`` (target: a state's full name), ``cue`` (a cue number as text), ``back`` or ``say`` (text).
    """

    kind: str
    target: str = ""
    guard: Guard | None = None
    otherwise: str = ""


Handlers = Mapping[str, tuple[Transition, ...]]
"""Event name → alternatives, tried in order: ``go``, a trigger, ``not <trigger>``, ``lost:<name>``, ``back:<name>``."""


@dataclass(frozen=True, slots=True)
class State:
    """One state, nested ones flattened: the full name is ``parent.child``."""

    name: str
    parent: str = ""
    start: str = ""                    # full name of the child entered first; "" for a leaf
    cues: tuple[Decimal, ...] = ()
    on: Handlers = field(default_factory=dict)
    when: tuple[tuple[str, tuple[Transition, ...]], ...] = ()
    after: tuple[tuple[int, tuple[Transition, ...]], ...] = ()
    ready: tuple[str, ...] = ()
    messages: tuple[Message, ...] = ()
    look: Part | None = None
    say: str = ""
    fail: bool = False
    end: bool = False


@dataclass(frozen=True, slots=True)
class Region:
    """One parallel machine and one playback (SEMANTICS 8). ``states`` in sheet order; ``fail`` a leaf's name."""

    name: str
    start: str
    states: Mapping[str, State]
    fail: str
    anywhere: Handlers = field(default_factory=dict)    # also ``lost:<name>`` and ``back:<name>``


@dataclass(frozen=True, slots=True)
class Rule:
    """A promise over the whole run, kept as written until something checks it."""

    always: bool
    text: str


@dataclass(frozen=True, slots=True)
class CueSheet:
    """A whole show, every name resolved, every unit an integer."""

    name: str
    connections: Mapping[str, Connection]
    stations: Mapping[str, Station]
    parameters: tuple[Parameter, ...]
    fixtures: Mapping[str, tuple[int, ...]]       # fixture → its parameters
    groups: Mapping[str, tuple[str, ...]]         # "all" is always there
    patch: tuple[Patched, ...]
    faders: Mapping[str, FaderPatch]
    commands: Mapping[str, Command]
    triggers: Mapping[str, TriggerRule]           # members before the combinations that name them
    cues: Mapping[Decimal, Cue]                   # in numeric order
    regions: Mapping[str, Region]                 # in sheet order
    submasters: tuple[str, ...] = ()
    rules: tuple[Rule, ...] = ()
    go_gap_ns: int = 500_000_000
    planned_ns: int | None = None
    language: int = 1
    profiles: Mapping[str, Profile] = field(default_factory=dict)     # by fixture
    held: tuple[Held, ...] = ()
    subs: Mapping[str, Submaster] = field(default_factory=dict)       # those that say more than their name
    priorities: Mapping[str, int] = field(default_factory=dict)       # of regions and of overlays ("cue 40")
    merges: Mapping[str, Merge] = field(default_factory=dict)
    parked: tuple[tuple[int, int], ...] = ()                          # (parameter, level) pinned from the start


def cue_text(number: Decimal) -> str:
    """A cue number as people write it: ``2``, ``2.5``, never ``2E+1``."""
    return format(number, "f")


# ---- what the shell keeps beside the show ----

@dataclass(frozen=True, slots=True)
class Skip:
    """Grid ticks that were never rendered, a fact of the run (CORE 6): ticks ``first..last`` after ``anchor_ns``."""

    anchor_ns: int
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Digest:
    """The running hash of all frames rendered so far, in due order."""

    at_ns: int
    frames: int
    value: str
