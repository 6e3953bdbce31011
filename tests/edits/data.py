"""Edits of data: what `load_data` returns, and what a trial makes of it."""

from tests.edits import Edit

EDITS: list[Edit] = []
