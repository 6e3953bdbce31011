"""The interview as a person has it: in a terminal, by keys."""

import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from copier.errors import UserMessageError
from jinja2 import pass_context
from jinja2.filters import FILTERS
from tunewright.questions import TEMPLATE, choices, questions

from tests.answer_sets import limits_of, rendered_text
from tests.interviews import EVERY_TOPIC, HYPERBAND, interview
from tests.plain_copier import Answers, copy
from tests.reference import by_default, is_asked, offers, refusals
from tests.terminals import DOWN, ENTER, ERASE, in_terminal


def test_every_prompt_fits_a_line_of_80_columns() -> None:
    """Copier cuts what is longer; before it stand a symbol, or a cursor and a mark."""
    for name, question in questions().items():
        if not is_asked(name):
            continue
        for source in choices(questions()["data_source"]):
            known = by_default({"data_source": source})
            prompt = rendered_text(question["help"], known).strip()
            assert len(prompt) + len("    ") <= 80, (name, prompt)
            assert prompt.startswith(f"{name}:"), "so that `-d` is learned by the way"
        for _, offered in offers(name):
            for words, choice in offered.items():
                assert len(words) + len(" » ○ ") <= 80, (name, words)
                for _, said in refusals(choice):
                    reason, *_ = said.split(";")
                    shown = f"   - {words} ({reason}"
                    assert len(shown) <= 80, shown


@pytest.mark.parametrize("when", ["copy", "update"])
def test_the_closing_words_fit_80_columns(when: str) -> None:
    settings, *_ = (TEMPLATE / "copier.yml").read_text("utf-8").split("\n---\n")
    said = rendered_text(
        yaml.safe_load(settings)[f"_message_after_{when}"],
        by_default({}) | {"_copier_conf": {"dst_path": "a"}},
    )
    assert len(said.splitlines()) > 8
    assert all(len(line) <= 80 for line in said.splitlines()), said


def test_every_range_and_number_says_its_limits_where_it_is_asked() -> None:
    for name, question in questions().items():
        check, limits = limits_of(name)
        if check in ("range", "whole"):
            least, most = (yaml.safe_dump(n).split("\n")[0] for n in limits[-2:])
            assert f"{least} to {most}" in question["help"], name
        elif check == "choices":
            assert ", ".join(limits[0]) in question["help"], name


def test_a_newcomer_presses_enter_and_is_told_the_next_commands(
    template: Path, tmp_path: Path
) -> None:
    project = tmp_path / "it's new"
    command = [sys.executable, "-m", "copier", "copy", str(template), str(project)]
    prompts = interview(template, {}).asked.values()
    screen = in_terminal(command, [(prompt.strip(), ENTER) for prompt in prompts])
    said = [shlex.split(line) for line in screen.splitlines() if line[:2] == "  "]
    assert said == [
        ["cd", str(project)],
        ["python", "-m", "venv", ".venv"],
        [".", ".venv/bin/activate"],
        ["python", "-m", "pip", "install", "-e", "."],
        ["python", "-m", "digit_study", "tune"],
        ["uv", "run", "python", "-m", "digit_study", "tune"],
    ]
    subprocess.run([sys.executable, *said[4][1:], "--help"], cwd=project, check=True)


def test_a_mistake_is_asked_again_with_the_reason(
    template: Path, tmp_path: Path
) -> None:
    command = [
        sys.executable,
        "-m",
        "copier",
        "copy",
        str(template),
        str(tmp_path / "p"),
    ]
    name, *others = interview(template, {}).asked.values()
    keys = [(name.strip(), ERASE + ENTER), ("write 1 to 60 char", "Mine" + ENTER)]
    keys += [(prompt.strip(), ENTER) for prompt in others]
    in_terminal(command, keys, columns=80)
    assert recorded(tmp_path / "p")["project_name"] == "Mine"


def test_whoever_brings_pictures_is_told_where_they_go(
    template: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    answers = {"data_source": "image_folder", "data_path": "photos/{{ 1 }}"}
    copy(template, tmp_path / "project", answers, quiet=False)
    assert "Once photos/{{ 1 }} holds" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("before", "name", "picked", "reason"),
    [
        (
            EVERY_TOPIC | HYPERBAND,
            "execution",
            "serial",
            "cluster needs algorithm=bayesian, random",
        ),
    ],
    ids=["execution"],
)
def test_a_choice_that_answers_rule_out_cannot_be_picked(
    template: Path, tmp_path: Path, before: Answers, name: str, picked: str, reason: str
) -> None:
    """Two steps down from the default it stands, and is stepped over."""
    asked = interview(template, before).asked
    command = asking(template, tmp_path / "p", before | {name: picked}, name)
    screen = in_terminal(command, [(asked[name].strip(), DOWN * 2 + ENTER)], columns=80)
    assert f"({reason}" in screen
    assert recorded(tmp_path / "p")[name] == picked


def test_whoever_wants_another_budget_is_asked_for_three_numbers(
    template: Path, tmp_path: Path
) -> None:
    asked = interview(template, {"setup": "full", "topics": ["budget"]}).asked
    pressed = {"setup": DOWN, "topics": DOWN * 3 + " ", "trials": f"{ERASE}50"}
    keys = [(words.strip(), pressed.get(n, "") + ENTER) for n, words in asked.items()]
    copier = [sys.executable, "-m", "copier", "copy", str(template)]
    in_terminal([*copier, str(tmp_path / "p")], keys, columns=80)
    answers = recorded(tmp_path / "p")
    assert (answers["topics"], answers["trials"]) == (["budget"], 50)
    assert "search_space" not in answers


@pytest.mark.parametrize("number", [50, 0.25])
def test_a_number_is_asked_for_on_one_line(
    template: Path, tmp_path: Path, number: float
) -> None:
    name = "trials" if number == 50 else "weights_threshold"
    before = EVERY_TOPIC | {"keep_weights": "above"}
    prompt = interview(template, before).asked[name].strip()
    keys = [(prompt, f"{ERASE}-1{ENTER}"), ("-1 is not a", f"{ERASE}{number}{ENTER}")]
    screen = in_terminal(asking(template, tmp_path / "p", before, name), keys)
    assert "..." not in screen
    assert recorded(tmp_path / "p")[name] == number


def test_a_number_that_is_given_is_refused_with_its_limits_in_a_terminal_too(
    template: Path, tmp_path: Path
) -> None:
    given = everything(template, {}) | {"trials": "ten"}
    with pytest.raises(ValueError, match="ten is not a whole number from 1 to 1000000"):
        copy(template, tmp_path / "p", given, defaults=False)


def test_an_old_python_is_refused_in_one_line(
    template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its generators have no `gi_suspended`; here `map` makes something else."""
    monkeypatch.setitem(FILTERS, "map", pass_context(lambda _, items, *names: [*items]))
    with pytest.raises(UserMessageError, match=r"Python 3\.11 or newer") as error:
        copy(template, tmp_path / "project", {"project_name": "Given"})
    assert "\n" not in str(error.value)
    assert list(tmp_path.iterdir()) == []


def everything(template: Path, before: Answers) -> Answers:
    """All that is asked after some answers, with the default for the others."""
    found = interview(template, before)
    return {name: found.known[name] for name in found.asked}


def asking(template: Path, project: Path, answers: Answers, name: str) -> list[str]:
    """The command that asks one question alone, and is given an answer to all others."""
    given = everything(template, answers)
    del given[name]
    data = project.with_name("answers.yml")
    data.write_text(yaml.safe_dump(given), "utf-8")
    copier = [sys.executable, "-m", "copier", "copy", "--data-file", str(data)]
    return [*copier, str(template), str(project)]


def recorded(project: Path) -> Answers:
    """The answers that a project was made from."""
    text = (project / ".copier-answers.yml").read_text("utf-8")
    found: Answers = yaml.safe_load(text)
    return found
