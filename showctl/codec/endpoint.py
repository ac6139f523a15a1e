"""``host:port`` as people write it."""

from __future__ import annotations

PORTS = range(1, 65536)


def parse(text: str, key: str = "") -> tuple[str, int]:
    """``"127.0.0.1:8000"`` → ``("127.0.0.1", 8000)``; an IPv6 host stands in brackets.

    Port 1..65535. Raises ValueError with what to write instead, and at which ``key`` of the sheet.
    """
    host, colon, port = text.strip().rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not colon or not host or not port.isascii() or not port.isdigit() or int(port[:6]) not in PORTS:
        place = f"{key} " if key else ""
        raise ValueError(
            f"{place}'{text[:80]}' is not host:port; write for example 127.0.0.1:8000 (port 1 to 65535)"
        )
    return host, int(port)


def check_port(port: int) -> None:
    """Raise ValueError for a port outside 1..65535."""
    if port not in PORTS:
        raise ValueError(f"port {port} is out of range; write 1 to 65535")


def text(host: str, port: int) -> str:
    """``("10.0.0.31", 9000)`` → ``"10.0.0.31:9000"``: how senders and peers are named."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
