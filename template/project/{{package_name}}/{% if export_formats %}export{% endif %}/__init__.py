"""Models and studies in the formats of other tools."""
