"""``python -m showctl``."""

import sys

from showctl.cli import main

__all__ = ["main"]

if __name__ == "__main__":
    sys.exit(main())
