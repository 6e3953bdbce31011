import numpy as np
import optuna
from optuna.trial import FixedTrial

from pictures.dataset import Data
from pictures.model import get_model
from pictures.train import set_up


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
        first = set_up(trial, data)
        second = set_up(FixedTrial(trial.params), data)
        second.model.set_weights(first.model.get_weights())
        x = first.data.test.x
        predictions = first.model.predict(x, verbose=0)
        assert len(predictions) == len(first.data.test.y)
        assert np.array_equal(predictions, second.model.predict(x, verbose=0))
        assert first[1:3] == second[1:3]
