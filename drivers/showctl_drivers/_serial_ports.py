"""Serial ports as the system knows them: opened for us alone, and listed by names that stay."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from showctl.errors import DriverError

STABLE_NAMES = Path("/dev/serial/by-id")


def open_port(port: str, baud: int) -> Any:
    """A pyserial port that never waits. Raises DriverError where it is absent, busy or not ours to open."""
    import serial

    try:
        return serial.Serial(port, baud, timeout=0, exclusive=True)
    except (OSError, ValueError) as error:    # SerialException is an OSError
        reason = str(error).removeprefix(f"[Errno {getattr(error, 'errno', None)}] ")
        raise DriverError(
            f"serial port {port}: {reason}; is it plugged in, free, and may we open it (group dialout)?"
        ) from None


def ports() -> Iterator[tuple[str, str]]:
    """Every port with a device behind it: its path, by its stable name where there is one, and who made it."""
    from serial.tools import list_ports

    stable = {path.resolve(): path for path in (sorted(STABLE_NAMES.iterdir()) if STABLE_NAMES.is_dir() else [])}
    for port in sorted(list_ports.comports(), key=lambda each: each.device):
        path = stable.get(Path(port.device).resolve(), Path(port.device))
        words = (port.manufacturer, port.product, port.device if path != Path(port.device) else None)
        yield str(path), " ".join(filter(None, words))
