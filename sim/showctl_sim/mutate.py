"""Are the rehearsals any good? Every mutant of a sheet against every rehearsal, until one of them sees the mistake."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from showctl.errors import Problem, SheetError, ShowctlError
from showctl.model import CueSheet
from showctl.sheet.text import parse
from showctl_sim.mutants import Mutant, mutants
from showctl_sim.rehearsal import Rehearsal, run


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a mutant: the rehearsal that saw it, or "". ``stillborn``: no show could be made of it."""

    name: str
    killed_by: str = ""
    stillborn: bool = False


@dataclass(frozen=True, slots=True)
class Score:
    """All verdicts together. ``equivalent`` are those with an argument in the repository that no run can tell apart."""

    verdicts: tuple[Verdict, ...]
    equivalent: Mapping[str, str]

    @property
    def survivors(self) -> tuple[str, ...]:
        """Mutants that no rehearsal saw and nobody argued away, in sheet order."""
        alive = (each.name for each in self.verdicts if not each.killed_by and not each.stillborn)
        return tuple(name for name in alive if name not in self.equivalent)

    @property
    def refuted(self) -> tuple[str, ...]:
        """Arguments that do not hold: the mutant was seen after all, or there is none of that name."""
        names = {each.name: each for each in self.verdicts}
        return tuple(name for name in self.equivalent if name not in names or names[name].killed_by)

    @property
    def counts(self) -> tuple[int, int]:
        """(seen, of): stillborn and equivalent ones count as neither."""
        seen = sum(bool(each.killed_by) for each in self.verdicts)
        return seen, seen + len(self.survivors)

    @property
    def permille(self) -> int:
        """The score in thousandths; a sheet without mutants has 1000."""
        seen, of = self.counts
        return 1000 * seen // of if of else 1000


Job = Callable[[Mutant], Verdict]
Share = Callable[[Job, Sequence[Mutant]], Iterable[Verdict]]


def judge(sheet: CueSheet, rehearsals: Sequence[Rehearsal], share: Share = map) -> Iterator[Verdict]:
    """A verdict on each mutant, in order. Raises ShowctlError where a rehearsal fails on the sheet as it is."""
    lengths = {}
    for rehearsal in rehearsals:
        result = run(rehearsal, sheet)
        if not result.passed:
            raise ShowctlError(f"'{rehearsal.name}' fails on the sheet as it is; mutants would prove nothing")
        lengths[rehearsal.file, rehearsal.name] = len(result.performance.steps)
    quickest = sorted(rehearsals, key=lambda each: lengths[each.file, each.name])
    yield from share(partial(one, sheet, tuple(quickest)), mutants(sheet))


def one(sheet: CueSheet, rehearsals: Sequence[Rehearsal], mutant: Mutant) -> Verdict:
    """Whether any rehearsal sees this mistake. The room does as the right ``sheet`` says: sensors do not mutate."""
    for rehearsal in rehearsals:
        try:
            result = run(rehearsal, mutant.sheet, first=True, room=sheet)
        except ShowctlError:
            return Verdict(mutant.name, stillborn=True)
        if not result.passed:
            return Verdict(mutant.name, rehearsal.name)
    return Verdict(mutant.name)


def equivalents(text: str, file: str) -> dict[str, str]:
    """Mutant → why no run can tell it from the sheet: ``"cue 4: hazard dropped": it sends nothing``.

    Raises SheetError, located, where the text is no such map.
    """
    tree, problems = parse(text, file)
    data = tree.data if tree is not None else None
    if problems or not isinstance(data, dict):
        raise SheetError(tuple(problems) or (Problem(file, 1, 1, "write a map: a mutant's name, and why it is none"),))
    empty = [name for name, argument in data.items() if not isinstance(argument, str) or not argument.strip()]
    if empty:
        raise SheetError(tuple(Problem(file, 1, 1, f"'{name}' has no argument") for name in empty))
    return {str(name): str(argument) for name, argument in data.items()}
