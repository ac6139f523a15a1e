"""showctl: a show-control cueing daemon for small live shows."""

__version__ = "0.1.0"
