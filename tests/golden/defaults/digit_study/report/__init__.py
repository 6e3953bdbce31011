"""The study as one HTML page."""
