"""How a search runs: its processes, its signals, what it shows."""
