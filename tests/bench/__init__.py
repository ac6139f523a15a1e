"""``python -m tests.bench``: what showctl costs beside the barest relay and other programs, side by side in one run."""
