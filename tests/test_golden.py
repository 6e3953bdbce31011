"""What a template change does to whole projects is seen in review, file by file."""

import pytest

from tests.golden import FOLDER, PROJECTS, read, rendered


@pytest.mark.parametrize("name", PROJECTS)
def test_a_project_is_rendered_as_it_was_reviewed(name: str) -> None:
    now, reviewed = rendered(name), read(FOLDER / name)
    assert now.keys() == reviewed.keys()
    changed = [path for path in now if now[path] != reviewed[path]]
    assert not changed, "look at it, then `make golden` writes it again"
