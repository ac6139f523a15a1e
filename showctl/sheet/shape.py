"""Raw data → the models, with every mistake of form at once.

What is wrong is said, taken out, and the rest read again, so that one bad key does not hide the wrong names elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from showctl.sheet.models import RegionEntry, SheetEntry, StateEntry
from showctl.sheet.problems import Path, Problems, hint
from showctl.sheet.values import shown

ROUNDS_MAX = 12


def shaped(data: Any, problems: Problems) -> SheetEntry | None:
    """The sheet's entries; what could not be read is left out and said. None where nothing can be read."""
    if not isinstance(data, dict):
        problems.at((), "a cue sheet is a map; begin with 'show: Name of the show'")
        return None
    misspelled = any(name != "show" and _nearest((name,)).endswith("'show'?") for name in data)
    if data.get("show") in (None, "") and not misspelled:
        problems.at((), "the show has no name; begin with 'show: Name of the show'")
    for section in [name for name, value in data.items() if value is None]:
        del data[section]  # a section whose lines are all commented out
    for _ in range(ROUNDS_MAX):
        try:
            return SheetEntry.model_validate(data)
        except ValidationError as error:
            wrong = error.errors(include_url=False, include_input=True)
        for each in wrong:
            _say(each, problems)
        for path in sorted((tuple(each["loc"]) for each in wrong), key=len, reverse=True):
            _prune(data, path)
    return None


def _say(error: Any, problems: Problems) -> None:
    path: Path = tuple(error["loc"])
    match error["type"]:
        case "extra_forbidden":
            problems.key(path, f"no key '{path[-1]}' here{_nearest(path)}")
        case "missing" if problems.touched(path):
            return  # it stood there and was wrong
        case "missing":
            problems.key(path[:-1], f"{_whose(path)} needs '{path[-1]}'")
        case "model_type" | "model_attributes_type" | "dict_type":
            problems.at(path, f"{shown(error['input'])} stands here; a map is wanted{_for_region(path)}")
        case "list_type":
            problems.at(path, f"{shown(error['input'])} stands here; a list is wanted")
        case "value_error":
            problems.at(path, str(error["ctx"]["error"]))
        case _:
            problems.at(path, str(error["msg"]))


def _nearest(path: Path) -> str:
    if path[-1] == "go" and path[0] == "states":
        return "; write 'on: {go: …}'"
    return hint(str(path[-1]), keys_at(path[:-1]))


def _whose(path: Path) -> str:
    names = [part for part in path[:-1] if isinstance(part, str)]
    return f"'{names[-1]}'" if names else "the sheet"


def _for_region(path: Path) -> str:
    """A word under a region that is no map is most likely one of the region's own keys, spelled wrong."""
    if len(path) == 3 and path[0] == "states":
        own = [alias_of(name) for name in RegionEntry.model_fields]
        return (
            f" for a state{hint(str(path[2]), own)}" if hint(str(path[2]), own).startswith("; did") else " for a state"
        )
    return ""


def _prune(data: Any, path: Path) -> None:
    """Take out the deepest piece of ``path`` that stands in a map."""
    around, key, here = None, None, data
    for part in path:
        if isinstance(here, dict) and part in here:
            around, key, here = here, part, here[part]
        elif isinstance(here, list) and isinstance(part, int) and part < len(here):
            here = here[part]
    if around is not None:
        del around[key]


# ---- which keys a place knows ----


def alias_of(field: str) -> str:
    """How the sheet spells a field."""
    return field.rstrip("_").replace("_", "-")


def keys_at(path: Path) -> Iterable[str]:
    """The keys that the entry at ``path`` may have."""
    kind: Any = SheetEntry
    for part in path:
        kind = _under(kind, part)
    model = _model(kind)
    return [alias_of(name) for name in model.model_fields] if model is not None else []


def _under(kind: Any, part: str | int) -> Any:
    """The annotation of ``part`` in a value of ``kind``; parts that only pydantic knows leave it as it is."""
    for each in _alternatives(kind):
        if isinstance(each, type) and issubclass(each, BaseModel):
            for name, field in each.model_fields.items():
                if alias_of(name) == part:
                    return field.annotation
            if each is RegionEntry:
                return StateEntry
        if get_origin(each) is dict and isinstance(part, str):
            return get_args(each)[1]
        if get_origin(each) is list and isinstance(part, int):
            return get_args(each)[0]
    return kind


def _alternatives(kind: Any) -> list[Any]:
    if get_origin(kind) is Annotated:
        return _alternatives(get_args(kind)[0])
    if get_origin(kind) in (Union, UnionType):
        return [each for one in get_args(kind) for each in _alternatives(one)]
    return [kind]


def _model(kind: Any) -> type[BaseModel] | None:
    for each in _alternatives(kind):
        if isinstance(each, type) and issubclass(each, BaseModel):
            return each
    return None
