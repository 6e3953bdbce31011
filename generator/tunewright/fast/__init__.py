"""Many projects from one template, fast: no file is rendered twice from the same answers."""
