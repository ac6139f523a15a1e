"""The death of a JACK server, which python-rtmidi hides: its ports stay in the list and take what nobody hears.

libjack itself does tell, by a callback on a client of our own. That client does nothing else.
"""

from __future__ import annotations

import asyncio
import ctypes
from collections.abc import Callable, Iterator
from contextlib import contextmanager

LIBRARY = "libjack.so.0"
NO_START_SERVER = 1        # jack/types.h, JackNoStartServer

_Told = ctypes.CFUNCTYPE(None, ctypes.c_int, ctypes.c_char_p, ctypes.c_void_p)     # JackInfoShutdownCallback


@contextmanager
def watching(lost: Callable[[str], None]) -> Iterator[None]:
    """While this lasts, ``lost`` is called on the loop, with the reason, when the server goes.

    Where libjack cannot be loaded or lets no client in, nobody watches: the port is lost when it leaves the list.
    """
    loop = asyncio.get_running_loop()

    def gone(_code: int, reason: bytes | None, _argument: object) -> None:
        words = (reason or b"").decode(errors="replace") or "it went away"
        try:
            loop.call_soon_threadsafe(lost, f"the JACK server has gone: {words}")
        except RuntimeError:      # the loop has closed; nobody is left to hear
            pass

    told = _Told(gone)            # held here: libjack keeps only its address
    library = _load()
    client = None if library is None else library.jack_client_open(b"showctl watch", NO_START_SERVER, None)
    try:
        if library is not None and client is not None:
            library.jack_on_info_shutdown(client, told, None)
        yield
    finally:
        if library is not None and client is not None:
            library.jack_client_close(client)


def _load() -> ctypes.CDLL | None:
    try:
        library = ctypes.CDLL(LIBRARY)
        library.jack_client_open.restype = ctypes.c_void_p
        library.jack_client_open.argtypes = [ctypes.c_char_p, ctypes.c_int, ctypes.c_void_p]
        library.jack_on_info_shutdown.argtypes = [ctypes.c_void_p, _Told, ctypes.c_void_p]
        library.jack_on_info_shutdown.restype = None
        library.jack_client_close.argtypes = [ctypes.c_void_p]
    except (OSError, AttributeError):
        return None
    return library
