"""The commands, a module each: `add` tells argparse about it, `run` does it."""
