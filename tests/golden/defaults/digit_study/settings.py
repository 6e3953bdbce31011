"""What the commands do where the command line does not say otherwise."""

PROJECT = "Digit Study"
TEMPLATE_VERSION = "unknown"

TRIALS = 20
"""How many trials a study has in all."""

TRIALS_PER_PROCESS = 20
"""After so many another process goes on: TensorFlow keeps some memory of each model."""

EPOCHS = 20
"""How many epochs a trial trains at the most."""

PATIENCE = 5
"""After how many epochs without a better score a trial stops."""

SEED = 0
"""With the same seed a study draws and trains the same trials again."""
