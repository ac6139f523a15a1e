"""``python -m tests.bench``: what showctl costs beside the barest relay, measured side by side in one run."""
