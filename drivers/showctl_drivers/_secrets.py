"""Passwords, which never stand in a cue sheet: one file, for its owner's eyes only."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from showctl.errors import DriverError

SECRETS = "~/.config/showctl/secrets"
FILE_MAX = 64 * 1024    # bytes


def credentials(login: str) -> tuple[str, str]:
    """User and password of ``login``: the line ``<login> <user> <password>``; the password may hold spaces.

    The file is ``$SHOWCTL_SECRETS`` or ``~/.config/showctl/secrets``. Raises DriverError where it is absent,
    readable by others, or has no such line.
    """
    path = Path(os.environ.get("SHOWCTL_SECRETS") or SECRETS).expanduser()
    line = f"write it with a line '{login} USER PASSWORD', then: chmod 600 {path}"
    try:
        with path.open("rb") as file:
            if stat.S_IMODE(os.fstat(file.fileno()).st_mode) & 0o077:
                raise DriverError(f"others can read {path}; run: chmod 600 {path}")
            text = file.read(FILE_MAX).decode()
    except OSError as error:
        raise DriverError(f"login {login}: cannot read {path} ({error.strerror}); {line}") from None
    except UnicodeDecodeError:
        raise DriverError(f"login {login}: {path} is not UTF-8 text; {line}") from None
    for words in (row.split(maxsplit=2) for row in text.splitlines()):
        if len(words) == 3 and words[0] == login:
            return words[1], words[2].rstrip()
    raise DriverError(f"no login '{login}' in {path}; {line}")
