"""``showctl fixtures``: which profiles there are, what each can do, and what looks cannot say of it."""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from showctl.cli_sheet import FINE, WRONG
from showctl.errors import UsageError

if TYPE_CHECKING:
    from showctl.fixtures.found import Folders
    from showctl.lamps import Attribute, Profile

PLAIN = re.compile(r"[\w./+-][\w./+ -]*(?::[\w./+-]+)?(?:#[\w./+ -]*[\w./+-])?")

Found = tuple[list["Profile"], list[tuple[str, str]]]
"""The profiles, and the files that cannot be used with the reason."""


def add(commands: Any) -> None:
    """Offer the command."""
    from showctl.fixtures.found import VARIABLE

    fixtures = commands.add_parser(
        "fixtures", help="find profiles for the fixtures of a sheet",
        description="Lists what 'profile:' may say: the built-in profiles, Open Fixture Library files as "
                    "'ofl:manufacturer/key#mode' and QLC+ files as 'path.qxf#mode'. They are looked for in fixtures/ "
                    f"here, in the folders that {VARIABLE} names, and where QLC+ is installed. "
                    "Nothing is downloaded.",
    )
    fixtures.add_argument("words", nargs="*", metavar="FIND", help="all of these words are in the name")
    fixtures.add_argument("--json", action="store_true", help="all of it as JSON")
    fixtures.set_defaults(command=_fixtures)


def _fixtures(options: argparse.Namespace) -> int:
    from showctl.fixtures.found import Folders
    from showctl.profiles import PROFILES

    folders = Folders(Path())
    words = [word.lower() for word in options.words]
    built_in = [profile for profile in PROFILES.values() if _matches(profile.name, words)]
    files, broken = _found(folders, words) if words else ([], [])
    if options.json:
        print(json.dumps({"profiles": [*map(_as_values, [*built_in, *files])],
                          "unreadable": [{"file": file, "reason": reason} for file, reason in broken]}, indent=1))
    else:
        for profile in (*built_in, *files):
            print("\n".join(_lines(profile)))
        for _, reason in broken:
            print(f"not usable: {reason}")
        if not words:
            print("\n".join(_folders(folders)))
    if words and not (built_in or files):
        if not (broken or options.json):
            raise UsageError(f"no fixture has '{' '.join(options.words)}' in its name; without a word it says where "
                             "fixtures are looked for")
        return WRONG
    return FINE


def _found(folders: Folders, words: list[str]) -> Found:
    """Every mode in every file whose name has the words."""
    from showctl.fixtures import modes, profile_of

    profiles: list[Profile] = []
    broken: list[tuple[str, str]] = []
    for name in dict.fromkeys(each for each in folders.names() if _matches(each, words)):
        try:
            for mode in modes(name, folders(name) or b""):
                profiles.append(profile_of(f"{name}#{mode.name}", mode))
        except ValueError as error:
            broken.append((name, str(error)))
    return profiles, broken


def _matches(name: str, words: list[str]) -> bool:
    return all(word in name.lower() for word in words)


def _folders(folders: Folders) -> Iterator[str]:
    """What more there is, and how to see it."""
    yield ""
    for folder in folders.folders:
        count = sum(1 for _ in folders.in_folder(folder))
        yield f"{folder}: {f'{count} files; name a part of one to see its modes' if count else 'no fixture files'}"


def _lines(profile: Profile) -> Iterator[str]:
    from showctl.profiles import sayable

    slots = f"{profile.footprint} slot{'s' if profile.footprint > 1 else ''}"
    yield f"{_written(profile.name)}: {slots}: {', '.join(_contents(profile))}"
    yield f"    looks say: {'; '.join(sayable(profile)) or 'nothing'}"
    for line in profile.unsaid:
        yield f"    {line}"


def _written(name: str) -> str:
    """The name as a sheet has to write it, in quotes where YAML would read more into it."""
    return name if PLAIN.fullmatch(name) else "'{}'".format(name.replace("'", "''"))


def _contents(profile: Profile) -> Iterator[str]:
    """What it has, by the names its own manual uses: hue and saturation, or flags, instead of red, green and blue."""
    from showctl.profiles import FLAGS, RGB

    flags = {emitter: flag for flag, emitter in FLAGS.items()} if profile.colours == "flags" else {}
    turns = ["hue", "saturation"] if profile.colours == "hue" else []
    for attribute in profile.attributes:
        if profile.colours != "hue" or attribute.name not in RGB:
            told = _told(profile, attribute)
            yield told.replace(attribute.name, flags.get(attribute.name, attribute.name), 1)
        elif turns:
            yield from (f"{name}{_bits(profile, name)}" for name in turns)
            turns = []


def _bits(profile: Profile, slots: str) -> str:
    width = max((width for _, name, width in profile.slots if name == slots), default=1)
    return f" ({8 * width} bit)" if width > 1 else ""


def _told(profile: Profile, attribute: Attribute) -> str:
    if attribute.name == "intensity" and profile.virtual_dimmer:
        return "intensity through its colours"
    kelvin = f" {attribute.minimum // 1000}K to {attribute.maximum // 1000}K" if attribute.name == "cct" else ""
    return f"{attribute.name}{kelvin}{_bits(profile, attribute.name)}"


def _as_values(profile: Profile) -> dict[str, Any]:
    from showctl.profiles import sayable

    return {
        "profile": profile.name, "slots": profile.footprint, "virtual_dimmer": profile.virtual_dimmer,
        "colours": profile.colours or "emitters",
        "turns": [{"name": name, "offset": offset, "width": width} for offset, name, width in profile.slots
                  if name in ("hue", "saturation")],
        "attributes": [
            {"name": each.name, "minimum": each.minimum, "maximum": each.maximum, "default": each.default,
             "highlight": each.highlight,
             "at": [{"offset": offset, "width": width} for offset, name, width in profile.slots if name == each.name]}
            for each in profile.attributes
        ],
        "held": [{"offset": offset, "value": value} for offset, value in profile.held],
        "sayable": list(sayable(profile)), "unsaid": list(profile.unsaid),
    }  # fmt: skip
