"""A step as one line for people: what moved, what started, what was said. "" where nothing is worth a line."""

from __future__ import annotations

from showctl.model import SECOND_NS, Step


def line(step: Step) -> str:
    """``0:01:02.345 go (foh): show doors ▸ talk; cue 3; GO ▸ 4 First story``."""
    words = [f"{move.region} {move.source} ▸ {move.target}" if move.source else f"{move.region} {move.target}"
             for move in step.moves]
    words += [f"cue {', '.join(step.started)}"] if step.started else []
    words += [f"{region}: GO ▸ {text}" for region, text in step.standby if text]
    words += [f'"{text}"' for text in step.said]
    words += step.notes
    if step.event.kind in ("lost", "back", "stalled", "resumed") or words:
        return f"{clock(step.at_ns)} {asked(step)}: {'; '.join(words)}".rstrip(": ")
    return ""


def asked(step: Step) -> str:
    """What brought the step about, and who."""
    event = step.event
    what = event.name if event.kind in ("command", "edge", "press", "timer") else f"{event.kind} {event.name}".strip()
    what = f"not {what}" if event.kind == "edge" and event.value is False else what
    return f"{what} ({event.station})" if event.station else what


def clock(at_ns: int) -> str:
    """Show time as hours, minutes and seconds to the millisecond."""
    seconds, rest_ns = divmod(at_ns, SECOND_NS)
    return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}.{rest_ns // 1_000_000:03}"
