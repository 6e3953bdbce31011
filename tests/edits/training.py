"""Edits of training: callbacks, their state, and what a trial asks for there."""

from tests.edits import Edit

EDITS: list[Edit] = []
