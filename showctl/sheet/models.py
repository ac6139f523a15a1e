"""The sections of a cue sheet, key by key: what may stand where, its unit, range and default.

The JSON Schema and the reference half of ``docs/cue-sheet.md`` are made from these. A key that is not here is an error.
Names are checked elsewhere: a model knows only its own entry.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, ConfigDict, Field

from showctl.model import SECOND_NS
from showctl.sheet import values as v
from showctl.sheet.entry import Entry, Look
from showctl.sheet.patterns import EffectEntry, EffectValues

# ---- the room ----


class ConnectionEntry(Entry):
    """One box: a driver and the driver's own settings, which are listed below by driver."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, Any]

    driver: v.Text = Field(
        description="which driver speaks to it: `artnet`, `sacn`, `dmx_usb`, `osc`, `midi`, `mqtt`, `serial_line`, "
        "`gpio`"
    )
    copies: v.Text | None = Field(
        None, description="another connection: every universe that goes there goes here too, with the same numbers"
    )


class StationEntry(Entry):
    """Who may press. Anybody else is refused, counted and shown."""

    from_: v.Text = Field(description="the connection it speaks through")
    host: v.Text = Field("", description="the IP address it sends from; needed on OSC")
    says: dict[str, v.Text] = Field(
        {}, description="words of a serial line → what they do: `{DOWN: go, UP: trigger/water}`"
    )
    role: v.Role = Field("operator", description="a viewer only looks")


class LimitsEntry(Entry):
    """What a lamp may be told: nobody gets past it, neither cue nor hand nor panic. Dark stays dark."""

    intensity: v.LevelRange | None = Field(None, description="lowest and highest level while it shines")
    cct: v.KelvinRange | None = Field(None, description="warmest and coldest white")


class FixtureEntry(Entry):
    """One lamp: what it is, and where it listens."""

    profile: v.Text = Field(
        description="a built-in name (see Profiles), `ofl:manufacturer/key#mode`, or `path#mode` of a `.json` or "
        "`.qxf` file; `showctl fixtures` finds them"
    )
    to: v.Text = Field(description="the connection")
    at: v.SlotAddress = Field(description="its first slot, as printed on the node")
    emitters: dict[str, v.Measured] = Field(
        {}, description="what a meter read of each emitter at full; colours are mixed from these and no others"
    )
    calibrate: dict[str, v.Trim] = Field(
        {}, description="emitter (or `intensity`) → how much of it, where nothing was measured: `{red: 92%}`"
    )
    limits: LimitsEntry | None = Field(None, description="what it may be told, after all masters and hands")
    curve: v.DimmerCurve = Field(
        (), description="how its dimmer follows the level: `linear`, `square`, `s`, `gamma 1.8`, `gamma 2.2`, "
        "`gamma 2.5`, `gamma 2.8`, or levels at equal steps from 0% to 100%"
    )
    share: v.Share | None = Field(None, description="several regions may set it; the highest intensity is seen")


class MuteEntry(Entry):
    """What mutes a fader's channel: one of these, through the fader's connection, on its channel if none is said."""

    channel: v.Channel | None = Field(None, description="MIDI channel, counted from 1")
    note: v.Seven | None = Field(None, description="MIDI note: velocity 127 mutes, 63 opens, each let go at once")
    cc: v.Seven | None = Field(None, description="controller: 127 mutes, 0 opens")
    nrpn: v.Nrpn | None = Field(None, description="NRPN of 14 bits: 1 mutes, 0 opens")
    parameter: v.Text | None = Field(None, description="SysEx with `vv` where the value stands: 0 mutes, 1 opens")
    address: v.Text | None = Field(None, description="OSC address: 0 mutes, 1 opens, as an integer")
    on: v.Fourteen | None = Field(None, description="what mutes, where it is another number")
    off: v.Fourteen | None = Field(None, description="what opens; 0 with a note lets it go, and mutes without")


class MergeEntry(Entry):
    """A desk of somebody else that shares a universe of ours: its DMX in is blended into what goes out."""

    from_: v.Text = Field(description="the connection it is heard on: `artnet` or `sacn`")
    universe: v.Universe = Field(description="the universe it sends there")
    to: v.Output = Field(description="the universe of ours that it shares")
    how: v.How = Field(
        "htp", description="`htp`: the highest light is seen; `ltp`: who moved it last has it, as with colour always"
    )
    priority: v.Priority = Field(
        100, description="above the priority of a cue list it has its universe to itself, below it only what is unused"
    )
    hold: v.Duration = Field(5 * SECOND_NS, description="silent, it stays as it was for so long; then it is `lost`")
    release: v.Duration = Field(2 * SECOND_NS, description="and fades out in this time")


class FaderEntry(Entry):
    """One fader of a mixer, by MIDI (`channel` with `cc`, `cc14`, `nrpn`, `nrpn7` or `bend`; `parameter`) or OSC."""

    to: v.Text = Field(description="the connection")
    channel: v.Channel | None = Field(None, description="MIDI channel, counted from 1")
    cc: v.Seven | None = Field(None, description="controller of 7 bits: 127 steps")
    cc14: v.Coarse | None = Field(None, description="controller pair of 14 bits, by its coarse half: 16383 steps")
    nrpn: v.Nrpn | None = Field(None, description="NRPN: 16383 steps")
    nrpn7: v.Nrpn | None = Field(None, description="NRPN whose coarse half alone is the value: 127 steps")
    then: v.Seven | None = Field(None, description="with `nrpn7`: the fine half that goes with it, always the same")
    bend: v.Flag | None = Field(None, description="`true`: pitch bend on its `channel`, as Mackie Control: 16383 steps")
    parameter: v.Text | None = Field(
        None, description="SysEx in hexadecimal with `vv` where the value stands, 7 bits each, the highest first"
    )
    steps: v.Steps | None = Field(
        None,
        description="with `parameter`: its greatest value; without it, all its bits. With `address`: how many steps "
        "the desk has (X32: 1023)",
    )
    touch: v.Seven | None = Field(
        None, description="note on MIDI channel 1 that tells a finger is on it; the fade ends where it stands"
    )
    address: v.Text | None = Field(None, description="OSC address: a float over the connection's `low` to `high`")
    law: v.Text | None = Field(
        None,
        description="decibels to travel: a name (see Laws), or `out 0%, -40 dB 12%, 0 dB 75%, +10 dB 100%`; "
        "without it the connection's `law`, else `linear`",
    )
    ceiling: v.Decibel = Field(
        None, description="never above this, neither by cue nor by hand; without it, the law's top"
    )
    start: v.Decibel = Field(None, description="sent once at the start, since nobody knows where the mixer stands")
    mute: MuteEntry | None = Field(None, description="what mutes it, a map, see below")


class CommandEntry(Entry):
    """Something a cue or a state may send, once and in order: by MQTT, OSC or MIDI."""

    to: v.Text = Field(description="the connection")
    topic: v.Text | None = Field(None, description="MQTT topic; what is sent is the payload")
    address: v.Text | None = Field(None, description="OSC address; what is sent are the arguments")
    channel: v.Channel | None = Field(None, description="MIDI channel, counted from 1, with `note` or `program`")
    note: v.Seven | None = Field(
        None, description="MIDI note; what is sent is the velocity, 127 if nothing is said, 0 is off"
    )
    program: v.Seven | None = Field(None, description="MIDI program as the wire counts, from 0; nothing more is said")
    sysex: v.Bytes | None = Field(None, description="a whole SysEx message; nothing more is said")
    scene: v.Flag | None = Field(
        None, description="`true`: bank and program on its `channel`; what is sent is the scene's number, from 1"
    )
    recalls: v.Flag | None = Field(
        None, description="afterwards nobody knows where the mixer's faders stand; `true` with `scene`, else `false`"
    )
    expires: v.Duration = Field(2 * SECOND_NS, description="later than this it is dropped and shown, never sent")
    hazard: v.Hazard | None = Field(None, description="it can hurt somebody: never from the past, never twice")


class TriggerEntry(Entry):
    """One thing the room says. A condition (`when`, `all` …) has edges; a press (`button`, `says`) just happens."""

    from_: v.Text | None = Field(None, description="the connection it is heard on")
    topic: v.Text | None = Field(None, description="MQTT topic")
    address: v.Text | None = Field(
        None, description="OSC address; on Art-Net and sACN such as `dmx/1/5` (0 to 255), on Art-Net `node/10.0.0.20`"
    )
    line: v.Text | None = Field(None, description="GPIO line, by its name in the connection's `lines`")
    key: v.Text | None = Field(
        None, description="serial: the key of `key=value`, or the column's name or number of `csv`"
    )
    channel: v.Channel | None = Field(None, description="MIDI channel, with `cc`, `note` or `program`")
    cc: v.Seven | None = Field(None, description="MIDI controller")
    note: v.Seven | None = Field(None, description="MIDI note")
    when: v.Condition | None = Field(None, description="a condition on the reading; its changes count")
    until: v.Condition | None = Field(None, description="it becomes false only when this holds")
    says: v.Text | None = Field(
        None, description="a press: this value, or `action == single`, or `any`; every one counts"
    )
    button: v.Text | None = Field(None, description="a press: these words on every station")
    confirm: v.Flag = Field(False, description="a button that asks once more within 5 s")
    initial: v.Flag | None = Field(
        None, description="what holds before anything was heard, so that the first change counts"
    )
    debounce: v.Duration = Field(0, description="waits for stable, and comes that much later")
    for_: v.Duration = Field(0, description="how long a condition must hold")
    lockout: v.Duration = Field(0, description="fires at once, then ignores")
    rate: v.Rate | None = Field(None, description="at most so many; more are refused and shown")
    alive: v.Text | None = Field(None, description="topic or address that tells online or offline")
    silent: v.Duration | None = Field(None, description="silent for longer than this, it is stale; without it, never")
    grace: v.Duration = Field(5 * SECOND_NS, description="how long it may be gone before `lost` is heard")
    all_: v.Words | None = Field(None, description="a condition: all of these hold")
    any_: v.Words | None = Field(None, description="a condition: at least one holds")
    none: v.Words | None = Field(None, description="a condition: all are known not to hold")
    count: v.Count | None = Field(None, description="a condition: at least so many of `of` hold")
    of: v.Words | None = Field(None, description="what `count` counts")
    sequence: v.Words | None = Field(
        None, description="these happen in this order; a condition happens when it becomes true"
    )
    within: v.Duration | None = Field(None, description="from the first to the last of `sequence`")


# ---- the show ----

class CueEntry(Entry):
    """One cue. What it does not name stays as it is."""

    name: v.Text = Field("", description="what people call it")
    look: Look | None = Field(None, description="a look's name, or fixture, group or `all` → value")
    mix: dict[str, v.MixValue] = Field({}, description="fader → level, each with its own time if wanted")
    effect: EffectValues = Field([], description="what moves by itself from here on, and fades in with the cue")
    fade: v.TimedSpan | None = Field(
        None, description="time of everything that has none of its own; without it, at once"
    )
    pre_wait: v.Duration = Field(0, description="from GO to the action")
    post_wait: v.Duration = Field(0, description="from the action's start until `auto-continue` goes on")
    auto_continue: v.CueNumber | None = Field(None, description="start that cue too, after the post-wait")
    auto_follow: v.CueNumber | None = Field(
        None, description="start that cue when the longest part here ends as written"
    )
    overlay: v.Duration | None = Field(
        None, description="lies over the list for this long, then lets go; tracks nothing"
    )
    release: v.Duration = Field(
        0, description="how long an overlay or an effect takes to let go; an effect without it takes its `fade`"
    )
    mute: dict[str, v.OnOff] = Field({}, description="fader → `on` or `off`, sent once")
    priority: v.Priority = Field(
        100, description="of an overlay: above a region's it takes its lamps, below it lies under"
    )
    send: v.Sendings = Field((), description="commands to send")
    group: v.GroupMode | None = Field(
        None,
        description="start the members together, one after the other, only the first (GO plays on), or one by chance",
    )
    members: v.CueRanges = Field((), description="the cues of the group")
    acts: v.Acts = Field(
        (),
        description="on other cues: `start 4`, `stop`, `pause`, `resume`, `load 60 at 10 s`, `arm`, `disarm`, `go-to`; "
        "`release 4` or `release breath in 3 s` lets go of effects alone",
    )
    armed: v.Flag = Field(True, description="a disarmed cue takes its time and does nothing")
    skip: v.Flag = Field(False, description="GO passes it")
    hazard: v.Hazard | None = Field(None, description="it can hurt somebody; a cue that sends a hazard has it anyway")
    note: v.Text = Field("", description="for the operator")
    say: v.Text = Field("", description="shown on every station")


class Answer(Entry):
    """Where to, or what to say, and under which condition."""

    to: v.Text | None = Field(None, description="a state, `cue 40`, `back` (to the state that was left) or `say`")
    say: v.Text | None = Field(None, description="tell the stations instead of going anywhere")
    if_: dict[str, v.Wanted] = Field(
        {}, description="a region is in one of these states, a trigger is true or false; all must hold"
    )
    else_: v.Text = Field("", description="what the refused station reads")


def _answers(value: Any) -> Any:
    if isinstance(value, list):
        return [_answer(each) for each in value]
    return [_answer(value)]


def _answer(value: Any) -> Any:
    if isinstance(value, str):
        return {"say": ""} if value == "say" else {"to": value}
    if isinstance(value, dict):
        return value
    raise ValueError(
        f"{v.shown(value)} stands here; write a state, 'cue 40', 'back', 'say' or {{to: …, if: …, else: …}}"
    )


class _OneOrMany:
    """The schema of answers: a word, a map, or a list of those."""

    def __get_pydantic_json_schema__(self, schema: Any, handler: Any) -> dict[str, Any]:
        answer = handler(schema)["items"]
        one = [{"type": "string"}, answer]
        return {"anyOf": [*one, {"type": "array", "items": {"anyOf": one}}]}


Answers = Annotated[list[Answer], BeforeValidator(_answers), _OneOrMany()]


def _empty(value: Any) -> Any:
    return {} if value is None else value


class StateEntry(Entry):
    """One state: what it starts, what it waits for, and where each thing leads."""

    cues: v.CueRanges = Field((), description="its part of the list; entering starts the first")
    on: dict[str, Answers] = Field(
        {}, description="`go`, a trigger, `not door` → what then; hears what happens after entry"
    )
    when: dict[str, Answers] = Field({}, description="a condition → what then; also tested at entry")
    after: dict[str, Answers] = Field({}, description="a time → what then")
    lost: dict[str, Answers] = Field({}, description="a connection or trigger that is gone → what then")
    back: dict[str, Answers] = Field({}, description="a connection or trigger that is there again → what then")
    ready: v.Words = Field((), description="what must be up and good before GO leaves")
    mute: dict[str, v.OnOff] = Field({}, description="fader → `on` or `off`, sent once at entry")
    send: v.Sendings = Field((), description="commands to send at entry")
    look: Look | None = Field(None, description="look at entry, as in a cue")
    mix: dict[str, v.MixValue] = Field({}, description="faders at entry, all in the state's fade")
    fade: v.TimedSpan | None = Field(None, description="time of look and mix; without it, at once")
    say: v.Text = Field("", description="shown on every station at entry")
    fail: v.Flag = Field(False, description="where panic leads; one in each region; masters never darken it")
    end: v.Flag = Field(False, description="nothing has to lead out of it")
    start: v.Text | None = Field(None, description="the nested state entered first; without it, the first")
    states: Annotated[dict[str, StateValue], BeforeValidator(_empty)] = Field({}, description="nested states")


StateValue = Annotated[StateEntry, BeforeValidator(_empty)]
StateEntry.model_rebuild()  # it nests


class RegionEntry(Entry):
    """One region: a machine of its own with a playback of its own. Every other key is one of its states."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, StateValue]

    start: v.Text | None = Field(None, description="the state it begins in; without it, the first")
    priority: v.Priority = Field(
        100, description="of what several want, only the highest is seen; the intensity of equals by highest"
    )
    anywhere: dict[str, Answers] = Field({}, description="as `on`, in every state that has no line of its own")
    lost: dict[str, Answers] = Field({}, description="as in a state, in every state")
    back: dict[str, Answers] = Field({}, description="as in a state, in every state")


class SubmasterEntry(Entry):
    """What a hand masters: light that it holds back (`over`), or a `look` that it brings up over everything else."""

    over: v.Words = Field((), description="fixtures or groups it holds back: at 0% they are dark whatever a cue says")
    look: Look | None = Field(None, description="a look's name, or fixture, group or `all` → value")
    start: v.Level | None = Field(None, description="where it stands at top of show; else `over` 100%, `look` 0%")


def _over(value: Any) -> Any:
    return value if isinstance(value, dict) else {"over": value}


class _OverOrMap:
    """The schema of a submaster: names, or a map."""

    def __get_pydantic_json_schema__(self, schema: Any, handler: Any) -> dict[str, Any]:
        return {"anyOf": [*v.ONE_OR_MANY["anyOf"], handler(schema)]}


SubmasterValue = Annotated[SubmasterEntry, BeforeValidator(_over), _OverOrMap()]


class RuleEntry(Entry):
    """A promise over the whole run."""

    never: v.Text | None = Field(None, description="what must not be: `music above -6 dB`")
    always: v.Text | None = Field(None, description="what must be: `show in safe within 100 ms of panic`")


class SheetEntry(Entry):
    """A cue sheet."""

    show: v.Text = Field("", description="the show's name; needed")
    language: v.Language = Field(1, description="the version of this language")
    planned: v.Duration | None = Field(
        None, description="how long the show should take; over and under count from the first GO"
    )
    go_gap: v.Duration = Field(
        500_000_000, description="a GO sooner than this after a GO, or after standby moved by itself, is refused"
    )
    crossfade: v.Crossfade = Field(
        "emitters", description="what whites fade through: each slot on its own straight line, or even steps of mired"
    )
    connections: dict[str, ConnectionEntry] = Field({}, description="the boxes, by name")
    stations: dict[str, StationEntry] = Field({}, description="who may press")
    fixtures: dict[str, FixtureEntry] = Field({}, description="the lamps, by name")
    merge: dict[str, MergeEntry] = Field({}, description="other desks that share universes of ours, by name")
    groups: dict[str, v.Words] = Field({}, description="names for several fixtures; `all` is always there")
    submasters: dict[str, SubmasterValue] = Field(
        {}, description="what a hand masters: the fixtures or groups it holds back, or a map, see below"
    )
    park: dict[str, v.LookValue] = Field(
        {}, description="fixture or group → where it stands whatever cues and masters say, until somebody unparks it"
    )
    faders: dict[str, FaderEntry] = Field({}, description="the mixer's faders, by name")
    commands: dict[str, CommandEntry] = Field({}, description="what else can be sent, by name")
    triggers: dict[str, TriggerEntry] = Field({}, description="what the room says, by name")
    looks: dict[str, dict[str, v.LookValue]] = Field({}, description="looks with a name")
    effects: dict[str, EffectEntry] = Field({}, description="effects with a name")
    cues: dict[str, CueEntry] = Field({}, description="the cues, by number")
    states: dict[str, RegionEntry] = Field(
        {}, description="the regions, by name; without them, GO plays the whole list"
    )
    rules: list[RuleEntry] = Field([], description="promises, kept as written")
