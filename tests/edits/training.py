"""Edits of training: callbacks, their state, and what a trial asks for there."""

from typing import Any

from tests.edits import FRAMEWORKS, Changes, Edit, Edited, both
from tests.edits.ordinary import ADAM, callback

CHECKPOINTS: dict[str, Any] = {"checkpoints": True}
PRUNED: dict[str, Any] = {"checkpoints": True, "pruner": "median"}
BEGIN = "class TrialCallback("


def own(code: str, expression: str) -> Changes:
    """Return the change that defines callbacks, and trains with some."""
    return both({"train.py": [(BEGIN, f"{code}\n\n{BEGIN}")]}, callback(expression))


CHANGES_WEIGHTS = '''class Shaken(keras.callbacks.Callback):
    """Changes the weights once they are scored."""

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        weights = self.model.get_weights()
        self.model.set_weights([value * 0.8 for value in weights])

    def on_train_end(self, logs: Any = None) -> None:
        self.on_epoch_end(0)
'''
STOPS = '''class Enough(keras.callbacks.Callback):
    """Ends a training itself."""

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        if epoch == 2:
            self.model.stop_training = True
'''
LOGS = '''class Rarely(keras.callbacks.Callback):
    """Logs what is not a number, and numbers in some epochs."""

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        logs["note"] = "as before"
        logs["rates"] = np.zeros(2)
        logs["rate"] = 0.5
        if epoch % 2:
            logs["rarely"] = float(epoch)
'''
OTHERS = (
    'keras.callbacks.EarlyStopping("loss", patience=1, restore_best_weights=True), '
    'keras.callbacks.EarlyStopping("val_loss", mode="max", restore_best_weights=True), '
    'keras.callbacks.ModelCheckpoint("{epoch}.weights.h5", save_weights_only=True), '
    "keras.callbacks.ReduceLROnPlateau(patience=0), "
    "keras.callbacks.TerminateOnNaN()"
)
AVERAGES = (ADAM, ADAM.replace(")", ", use_ema=True, ema_momentum=0.5)"))


def options(expression: str) -> Changes:
    """Return the change by which a model is trained with other options."""
    return {"train.py": [('{"callbacks": []}', f"{expression}")]}


def averages(on_epoch: bool) -> Changes:
    """Return the change that scores averages of the weights."""
    swap = f"keras.callbacks.SwapEMAWeights(swap_on_epoch={on_epoch})"
    return both({"model.py": [AVERAGES]}, callback(swap))


def check_best(edited: Edited) -> None:
    """See that the best epoch is the first with the best score."""
    for record in edited.complete:
        scores = record["history"]["val_accuracy"]
        assert record["best_epoch"] == scores.index(max(scores)) + 1


def check_enough(edited: Edited) -> None:
    check_best(edited)
    lengths = {len(record["history"]["loss"]) for record in edited.complete}
    if edited.framework == "keras_tuner":  # whose Hyperband itself ends some earlier
        assert max(lengths) <= 3
    else:
        assert lengths == {3}


def check_rarely(edited: Edited) -> None:
    check_best(edited)
    for record in edited.complete:
        history = record["history"]
        assert history["rate"] == [0.5] * len(history["loss"])
        assert len(history["loss"]) == 3 or edited.framework == "keras_tuner"
        assert not history.keys() & {"note", "rates", "rarely"}


EDITS = [
    Edit(
        "rate-lowered-on-a-plateau",
        FRAMEWORKS,
        callback('keras.callbacks.ReduceLROnPlateau("val_loss", patience=1)'),
        answers=CHECKPOINTS,
        check=check_best,
        epochs=4,
    ),
    Edit(
        "weights-changed-after-they-are-scored",
        FRAMEWORKS,
        own(CHANGES_WEIGHTS, "Shaken()"),
        check=check_best,
        epochs=4,
    ),
    Edit(
        "callback-that-ends-training",
        FRAMEWORKS,
        own(STOPS, "Enough()"),
        answers=CHECKPOINTS,
        check=check_enough,
        epochs=5,
    ),
    Edit(
        "callbacks-that-restore-other-weights",
        FRAMEWORKS,
        callback(OTHERS),
        answers=CHECKPOINTS,
        check=check_best,
        epochs=4,
    ),
    Edit(
        "callbacks-and-a-pruner",
        ["optuna"],
        own(CHANGES_WEIGHTS, f"{OTHERS}, Shaken()"),
        answers=PRUNED,
        check=check_best,
        trials=7,
        epochs=4,
    ),
    Edit("averages-are-scored", FRAMEWORKS, averages(False), epochs=3),
    Edit(
        "averages-from-epoch-to-epoch",
        ["sampler", "optuna"],
        averages(True),
        answers=CHECKPOINTS,
        check=check_best,
        epochs=3,
    ),
    Edit(
        "callback-that-logs-now-and-then",
        FRAMEWORKS,
        own(LOGS, "Rarely()"),
        check=check_rarely,
        epochs=3,
    ),
    Edit(
        "log-in-a-file",
        ["manual", "keras_tuner"],
        callback('keras.callbacks.CSVLogger("log.csv")'),
        answers=CHECKPOINTS,
    ),
    Edit(
        "callback-that-resumes-by-itself",
        ["sampler"],
        callback('keras.callbacks.BackupAndRestore("backup")'),
        refused="BackupAndRestore would go on from where another trial was; leave it out",
    ),
    Edit(
        "option-that-is-decided-elsewhere",
        FRAMEWORKS,
        options('{"validation_freq": 2}'),
        refused="'validation_freq'; leave it out: each epoch is scored",
    ),
    Edit(
        "option-that-no-training-has",
        ["optuna", "search_cv"],
        options('{"callback": []}'),
        refused="returns 'callback', which the model's `fit` rejects",
    ),
    Edit(
        "options-that-are-not-returned",
        ["keras_tuner", "sampler"],
        options("None  # type: ignore[return-value]"),
        refused="returns None; have it return a dictionary",
    ),
    Edit(
        "callback-that-is-a-class",
        ["optuna", "manual"],
        options('{"callbacks": [keras.callbacks.TerminateOnNaN]}'),
        refused="among `callbacks`, which is not a callback",
    ),
    Edit(
        "callback-in-no-list",
        FRAMEWORKS,
        options('{"callbacks": keras.callbacks.TerminateOnNaN()}'),
    ),
]
