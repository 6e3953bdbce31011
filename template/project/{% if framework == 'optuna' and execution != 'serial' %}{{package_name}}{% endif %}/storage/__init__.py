"""Optuna's database, which several processes share."""
