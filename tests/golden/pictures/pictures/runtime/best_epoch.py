"""The end of a training: when it no longer gets better, with its best epoch's weights."""

from typing import Any

import keras


class BestEpoch(keras.callbacks.EarlyStopping):
    """Stop early, and leave the model with the variables that scored best.

    They are taken as the validation begins, after all other callbacks. Those may change
    weights just before it, as SwapEMAWeights does, or at the end of an epoch, when it is
    too late for EarlyStopping to know what was scored.
    """

    def on_test_begin(self, logs: Any = None) -> None:
        self.scored = [keras.ops.convert_to_numpy(v) for v in self.model.variables]

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        super().on_epoch_end(epoch, logs)
        if self.best_epoch == epoch:
            self.best_weights = self.scored
        self.scored = []

    def on_train_end(self, logs: Any = None) -> None:
        best = zip(self.model.variables, self.best_weights, strict=True)
        for variable, value in best:
            variable.assign(value)
