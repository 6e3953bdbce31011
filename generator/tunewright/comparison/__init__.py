"""What `tunewright compare` consists of."""
