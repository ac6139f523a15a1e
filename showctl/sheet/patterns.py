"""An effect, key by key, and how a cue may name one."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Discriminator, Field, Tag

from showctl.model import SECOND_NS
from showctl.sheet import values as v
from showctl.sheet.entry import Entry, Look


class EffectEntry(Entry):
    """A pattern that goes on by itself: a wave, a walk over fixtures or looks, or sparks. `rate` counts its beats."""

    sine: v.Words | None = Field(
        None, description="fixtures and groups, in this order: softly up and down, once a beat"
    )
    triangle: v.Words | None = Field(None, description="up and down on a straight line, once a beat")
    ramp: v.Words | None = Field(None, description="up over the beat, then back at once")
    step: v.Words | None = Field(None, description="at `from`, then at `to`")
    chase: v.Words | None = Field(None, description="one fixture after the other goes to `to`; each beat is a step")
    steps: list[Look] | None = Field(None, description="one look after the other; each beat is a step")
    sparkle: v.Words | None = Field(
        None, description="each lights up by chance, and dies away; each beat is a chance for every fixture"
    )
    from_: v.LookValue | None = Field(
        None, description="one end; `-10%` rides on the level beneath, left out it is that level itself"
    )
    to: v.LookValue | None = Field(None, description="the other end; with neither, 0% to 100%")
    rate: v.Pace = Field((1, SECOND_NS), description="how fast the beats come")
    spread: v.Angle = Field(
        0, description="waves and steps: how much of a round lies over the fixtures; `even` is one whole"
    )
    phase: v.Angle = Field(0, description="how far in the round it begins")
    direction: v.Direction = Field(
        "forward", description="the order of the walk; `bounce` turns round, `out` is from the middle, `in` to it"
    )
    mask: v.Words = Field((), description="fixtures that keep their place in the order, and stay as they are")
    soft: v.Percent = Field(
        0, description="chase, steps, step: the share of a beat that crosses over; sparkle: of a life that rises"
    )
    width: v.Text | None = Field(
        None, description="chase: how many are lit at once, `2`; step: how much of the beat is at `to`, `50%`"
    )
    density: v.Percent | None = Field(None, description="sparkle: how likely a spark is, each beat; without it 30%")
    life: v.Duration | None = Field(None, description="sparkle: how long a spark lives; without it half a beat")
    times: v.Count | None = Field(None, description="so many rounds, then it lets go; without it, it goes on")
    for_: v.Duration | None = Field(None, description="so long, then it lets go")


EffectValue = Annotated[
    Annotated[v.Text, Tag("a name")] | Annotated[EffectEntry, Tag("an effect")],
    Discriminator(lambda value: "an effect" if isinstance(value, dict) else "a name"),
]


class _Several:
    """The schema of one thing, or of a list of such."""

    def __get_pydantic_json_schema__(self, schema: Any, handler: Any) -> dict[str, Any]:
        several = handler(schema)
        return {"anyOf": [several["items"], several]}


EffectValues = Annotated[
    list[EffectValue], BeforeValidator(lambda value: value if isinstance(value, list) else [value]), _Several()
]
