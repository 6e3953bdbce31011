"""A coverage-guided fuzzer of the record reader of generated projects.

python -m tests.torture.fuzz_records [SECONDS] [FRAMEWORK]

It needs Atheris (`make fuzz` installs it). What the reader does not set aside must be as
the JSON Schema says; any other exception than `UserError` ends it, and so does a record
that is gone. What was found interesting is kept in `.fuzz/FRAMEWORK` for the next run.
"""

import contextlib
import io
import json
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

import atheris
import jsonschema
import msgspec
from tunewright.questions import TEMPLATE
from tunewright.render import render
from tunewright.template import copy_without_git

from tests.hostile import EXTRA
from tests.rendering import Project

SCHEMA = json.loads((TEMPLATE / "docs" / "trial-record.schema.json").read_text("utf-8"))


def project_of(framework: str, folder: Path) -> Project:
    """A project whose records have the most to say."""
    template = copy_without_git(TEMPLATE, folder / "template")
    answers = {"setup": "full", "framework": framework, "package_name": "fuzzed"}
    if framework in EXTRA:
        answers["algorithm"] = EXTRA[framework]
    render(folder / "project", answers, template=template)
    return Project(folder / "project", "fuzzed")


def seeds(project: Project) -> list[bytes]:
    """Records as the project writes them: of a trial that failed, and of a complete one."""
    records = project.load("study.record")
    failed = msgspec.to_builtins(records.Record(number=1, seed=7))
    failed["error"] = {"type": "ValueError", "message": "two\nlines"}
    scored = records.Record(number=1, seed=7)
    records.set_scores(
        scored, {"loss": [1.5, 0.5], records.MONITOR: [0.25, 0.75], "nan": [1, 2]}, 2
    )
    complete = msgspec.to_builtins(scored)
    complete |= {
        "state": "complete",
        "params": {"learning_rate": 1e-3, "conv_blocks": 2, "pooling1": True, "a": "b"},
        "skipped_layers": ["pooling2"],
        "parameter_count": 1234,
        "weights": "trial_0001.weights.h5",
        "weights_sha256": "0" * 64,
    }
    more: dict[str, Any] = {
        "continues": {"trial": 0, "epoch": 2},
        "folds": [
            {"fold": 0, "score": 0.5, "best_epoch": 1, "epochs": 2, "metrics": {"a": 1}}
        ],
        "rungs": [{"rung": 0, "epochs": 1, "score": 0.5, "fold_scores": [0.1, 0.2]}],
        "kept_fold": 1,
        "optuna": {
            "distributions": {"a": '{"name": "CategoricalDistribution"}'},
            "system_attrs": {"completed_rung_0": 0.5},
            "study_attrs": {},
        },
    }
    complete |= {key: value for key, value in more.items() if key in complete}
    return [json.dumps(record).encode() for record in (failed, complete)]


def fuzz(seconds: int, framework: str) -> None:
    """Read records for so long, and end with an error at the first that is mishandled."""
    folder = Path(tempfile.mkdtemp())
    project = project_of(framework, folder)
    with atheris.instrument_imports(include=["fuzzed", "msgspec"]):
        study, records = project.load("study"), project.load("study.record")
        errors = project.load("errors")
    check = jsonschema.Draft202012Validator(SCHEMA)
    log = study.TrialLog(folder / "log")
    log.folder.mkdir()
    path = log.record_path(1)
    aside = path.with_name(f"{path.name}.broken")
    counts = {"read": 0, "set aside": 0, "of a later version": 0}

    def read(text: bytes) -> None:
        path.write_bytes(text)
        try:
            with contextlib.redirect_stderr(io.StringIO()):
                record = log.read(1)
        except errors.UserError:
            assert path.read_bytes() == text
            counts["of a later version"] += 1
            return
        if record is None:
            assert aside.read_bytes() == text
            aside.unlink()
            counts["set aside"] += 1
        else:
            check.validate(json.loads(msgspec.json.encode(record)))
            records.ranked([record])
            counts["read"] += 1

    def mutate(text: bytes, largest: int, seed: int) -> bytes:
        """Another value in every second record, which other bytes alone seldom make."""
        mutated: bytes = atheris.Mutate(text, largest)
        try:
            record = dict(json.loads(text))
            key = sorted(record)[seed % len(record)]
        except (ValueError, TypeError, RecursionError, ZeroDivisionError):
            return mutated
        values: list[Any] = [
            None,
            True,
            -1,
            0,
            2**31,
            2**63,
            1e300,
            "",
            [],
            {},
            [record[key]],
        ]
        record[key] = values[seed // 64 % len(values)]
        return mutated if seed % 2 else json.dumps(record).encode()[:largest]

    for text in seeds(project):
        read(text)
    assert counts["read"] == 2, counts
    corpus = Path(".fuzz") / framework
    corpus.mkdir(parents=True, exist_ok=True)
    for number, text in enumerate(seeds(project)):
        (corpus / f"seed_{number}").write_bytes(text)
    # libFuzzer ends its process without more ado, so it gets one of its own.
    tally = folder / "counts"
    child = os.fork()
    if child == 0:
        limits = [f"-max_total_time={seconds}", "-max_len=20000", "-verbosity=0"]
        words = [sys.argv[0], *limits, f"-artifact_prefix={corpus}-", str(corpus)]

        def read_and_count(text: bytes) -> None:
            read(text)
            tally.write_text(json.dumps(counts))

        atheris.Setup(words, read_and_count, custom_mutator=mutate)
        atheris.Fuzz()
    _, status = os.waitpid(child, 0)
    counted = json.loads(tally.read_text())
    shutil.rmtree(folder)
    print(f"{framework}: {sum(counted.values()):,} records: {counted}")
    sys.exit(os.waitstatus_to_exitcode(status))


if __name__ == "__main__":
    seconds, framework = (*sys.argv[1:], *("60", "search_cv")[len(sys.argv) - 1 :])
    fuzz(int(seconds), framework)
