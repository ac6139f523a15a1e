"""One duplex module a box; ``driver: artnet`` in a sheet is the module ``showctl_drivers.artnet``."""
