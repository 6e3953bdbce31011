"""The `tunewright` command."""


def main() -> int:
    """Run a command."""
    return 0
