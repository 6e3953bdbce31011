"""Edits of models that were not made here: loaded, frozen, subclassed."""

from tests.edits import Edit

EDITS: list[Edit] = []
