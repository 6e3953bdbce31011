"""The edits that people make next: each works in all that a project does, or is refused."""

from itertools import chain
from pathlib import Path

import pytest

from tests.conftest import Render
from tests.edits import Edit, data, models, ordinary, training, values
from tests.edits.following import follow
from tests.often import often

MODULES = (ordinary, values, data, training, models)
EDITS = [*chain.from_iterable(module.EDITS for module in MODULES)]
BY_NAME = {edit.name: edit for edit in EDITS}
EVERY = [(edit.name, framework) for edit in EDITS for framework in edit.frameworks]
SOME = [("residual", "optuna"), ("read-with-get", "sampler")]
"""What each run makes of them."""


def test_no_two_edits_have_one_name() -> None:
    assert len(BY_NAME) == len(EDITS)


@pytest.mark.parametrize(("name", "framework"), often(EVERY, SOME))
def test_an_edit_works_or_is_refused(
    name: str, framework: str, render: Render, tmp_path: Path
) -> None:
    edit: Edit = BY_NAME[name]
    follow(edit, framework, render, tmp_path)
