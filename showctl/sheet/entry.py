"""What every map of a sheet has in common, and a look as it may be written."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Discriminator, Tag

from showctl.sheet import values as v


def _kebab(name: str) -> str:
    return name.rstrip("_").replace("_", "-")


class Entry(BaseModel):
    """One map of the sheet."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, alias_generator=_kebab, defer_build=False)


Look = Annotated[
    Annotated[v.Text, Tag("a name")] | Annotated[dict[str, v.LookValue], Tag("the values")],
    Discriminator(lambda value: "the values" if isinstance(value, dict) else "a name"),
]
