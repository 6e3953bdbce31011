"""Edits of hyperparameters and their values, and of models that fail."""

from tests.edits import Edit

EDITS: list[Edit] = []
