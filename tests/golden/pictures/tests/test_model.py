import numpy as np
import optuna
from optuna.trial import FixedTrial

from pictures.dataset import Data
from pictures.model import get_model


def test_a_layer_that_does_not_fit_is_left_out() -> None:
    study = optuna.create_study()
    for _ in range(5):
        model, _, skipped = get_model(study.ask(), (1, 1, 1), 2)
        built = [layer.name for layer in model.layers]
        assert not set(skipped) & set(built)
        assert model.output_shape == (None, 2)


def test_a_trial_can_be_built_again_from_its_parameters(data: Data) -> None:
    study = optuna.create_study()
    for _ in range(5):
        trial = study.ask()
        first = get_model(trial, data.input_shape, data.classes)
        second = get_model(FixedTrial(trial.params), data.input_shape, data.classes)
        second.model.set_weights(first.model.get_weights())
        predictions = first.model.predict(data.test.x, verbose=0)
        assert predictions.shape == (len(data.test.x), data.classes)
        assert np.array_equal(predictions, second.model.predict(data.test.x, verbose=0))
        assert (first.batch_size, first.skipped_layers) == second[1:]
