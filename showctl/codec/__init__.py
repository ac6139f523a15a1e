"""Bytes to values and back, pure: one protocol a file, spec sections in the comments."""
