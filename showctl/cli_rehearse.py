"""``showctl rehearse``: a sheet's rehearsals in virtual time."""

from __future__ import annotations
