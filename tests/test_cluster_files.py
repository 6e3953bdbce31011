"""The files that start a study on a cluster: clean, and true to the project's own words."""

import re
import shlex
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, product
from pathlib import Path
from typing import Any

import pytest
import yaml
from tunewright.errors import UserError
from tunewright.fast.renderer import Renderer

from tests.answer_sets import Answers
from tests.conftest import Render
from tests.rendering import Project

SCRIPTS = Path(sysconfig.get_path("scripts"))
FILES = ["slurm", "kubernetes", "compose"]

PATHS = [
    "data",
    "../my data",
    "/mnt/data/",
    "~/data",
    "-rf",
    "a/${HOME}/$(id)/`id`",
    "{{ x }} {% raw %} {# #}",
    'it\'s "quoted" \\',
    "a: b #c",
    "<<EOF | & ; * ? [x] !tag",
    "数字の研究/😀",
    "x" * 200,
]
PACKAGES = ["digits", "two__bars", "n" * 40, "on", "null", "a"]


@dataclass(frozen=True)
class Case(Project):
    """A project, and the answers that it was rendered with."""

    answers: Answers

    @property
    def has_database(self) -> bool:
        """Tell a study in PostgreSQL from one on Dask."""
        return bool(self.answers["framework"] == "optuna")

    @property
    def name(self) -> str:
        """Return the package's name as Kubernetes has it."""
        return self.package.replace("_", "-")

    def manifests(self) -> list[Any]:
        """Read all manifests."""
        texts = [
            self.read(f"cluster/kubernetes{part}.yaml") for part in ("", "-storage")
        ]
        return list(chain.from_iterable(map(yaml.safe_load_all, texts)))

    def compose(self) -> Any:
        """Read the compose file."""
        return yaml.safe_load(self.read("cluster/compose.yaml"))

    def head(self, name: str) -> list[list[str]]:
        """Return the commands at the head of a file, in words."""
        lines = self.read(f"cluster/{name}").replace("\\\n#", "")
        return [
            shlex.split(command)
            for command in re.findall(r"^#   (\S.*)$", lines, re.MULTILINE)
        ]


@pytest.fixture(scope="module")
def cases(template: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Case]:
    """Render projects of all kinds, of which many have a hostile name or path."""
    renderer = Renderer(template)
    folder = tmp_path_factory.mktemp("clusters")
    sources: list[Answers] = [{"data_source": "builtin"}] + [
        {"data_source": source, "data_path": path}
        for source, path in zip(
            4 * ["csv", "arrays", "image_folder"], PATHS, strict=True
        )
    ]
    rendered = []
    for number, (framework, data) in enumerate(product(["optuna", "sampler"], sources)):
        package = PACKAGES[number % len(PACKAGES)]
        answers = data | {
            "project_name": "$(id) `id` ${HOME} \" ' # {{ x }}",
            "package_name": package,
            "setup": "full",
            "framework": framework,
            "execution": "cluster",
            "cluster_files": FILES,
        }
        renderer.render(folder / str(number), answers)
        rendered.append(Case(folder / str(number), package, answers))
    return rendered


def files(cases: list[Case], pattern: str) -> list[Path]:
    """Find such files of all projects."""
    found = list(chain.from_iterable(case.root.glob(pattern) for case in cases))
    assert len(found) >= len(cases)
    return found


def said(*command: str | Path) -> str:
    """Return all that a linter says; nothing where it ends well."""
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    return ran.stdout + ran.stderr if ran.returncode else ""


def test_shellcheck_finds_nothing(cases: list[Case]) -> None:
    assert said(SCRIPTS / "shellcheck", *files(cases, "cluster/*.sh")) == ""


def test_hadolint_finds_nothing(cases: list[Case]) -> None:
    # SC1003, SC2016: a folder whose name ends in a backslash, or is called $HOME.
    but = ["--ignore", "SC1003", "--ignore", "SC2016"]
    assert said(SCRIPTS / "hadolint", *but, *files(cases, "cluster/Dockerfile")) == ""


def test_yamllint_finds_nothing(cases: list[Case]) -> None:
    """Lint the files whose lines no long path or name of the user's own makes too long."""
    rules = "{line-length: {max: 100}, document-start: disable}"
    command = ["yamllint", "--strict", "-d", f"{{extends: default, rules: {rules}}}"]
    short = [c for c in cases if len(c.package + c.answers.get("data_path", "")) < 40]
    assert said(sys.executable, "-m", *command, *files(short, "cluster/*.yaml")) == ""


def test_compose_files_meet_their_schema(cases: list[Case]) -> None:
    command = ["check_jsonschema", "--builtin-schema", "vendor.compose-spec"]
    found = files(cases, "cluster/compose.yaml")
    assert said(sys.executable, "-m", *command, *found) == ""


def test_manifests_meet_kubernetes_schemas(cases: list[Case]) -> None:
    found = files(cases, "cluster/kubernetes*.yaml")
    assert said(SCRIPTS / "kubernetes-validate", "--strict", *found) == ""


def test_manifests_name_what_there_is(cases: list[Case]) -> None:
    for case in cases:
        manifests = case.manifests()
        names = {(m["kind"], m["metadata"]["name"]) for m in manifests}
        assert len(names) == len(manifests)
        for _, name in names:
            assert re.fullmatch("[a-z]([a-z0-9-]{0,61}[a-z0-9])?", name), name
        claims = set(values(manifests, "claimName"))
        assert {("PersistentVolumeClaim", claim) for claim in claims} <= names
        assert case.name in claims
        for value in values(manifests, "app.kubernetes.io/name"):
            assert value == case.name
        for kind in ("Deployment", "Job", "Service"):
            assert any(k == kind for k, _ in names) == (
                kind == "Job" or not case.has_database
            )


def values(tree: Any, key: str) -> Iterator[Any]:
    """Find the values of a key, anywhere in a tree."""
    if isinstance(tree, dict):
        if key in tree:
            yield tree[key]
        tree = list(tree.values())
    if isinstance(tree, list):
        for part in tree:
            yield from values(part, key)


def test_selectors_select_their_pods(cases: list[Case]) -> None:
    for case in cases:
        manifests = case.manifests()
        pods = [
            m["spec"]["template"]["metadata"]["labels"]
            for m in manifests
            if m["kind"] in ("Deployment", "Job")
        ]
        for manifest in manifests:
            spec = manifest["spec"]
            if manifest["kind"] == "Deployment":
                labels = spec["template"]["metadata"]["labels"]
                assert spec["selector"]["matchLabels"] == labels
            elif manifest["kind"] == "Service":
                assert pods.count(spec["selector"]) == 1
                assert spec["selector"]["app.kubernetes.io/component"] == "scheduler"


def test_processes_find_one_another(cases: list[Case]) -> None:
    """Expect the variable that each kind of study reads, and no other."""
    for case in cases:
        services = case.compose()["services"]
        told = {e["name"]: e for e in chain(*values(case.manifests(), "env"))}
        if case.has_database:
            url = services["tune"]["environment"]["OPTUNA_STORAGE"]
            database = services["database"]["environment"]
            password = "${POSTGRES_PASSWORD:?export it}"
            assert database.pop("POSTGRES_PASSWORD") == password
            assert url == f"postgresql+psycopg://optuna:{password}@database/optuna"
            assert set(database.values()) == {"optuna"}
            reference = told["OPTUNA_STORAGE"]["valueFrom"]["secretKeyRef"]
            assert reference == {"name": case.name, "key": "OPTUNA_STORAGE"}
            [created] = [c for c in case.head("kubernetes.yaml") if "secret" in c]
            assert created[4:] == [
                case.name,
                "--from-literal=OPTUNA_STORAGE=$OPTUNA_STORAGE",
            ]
            assert "DASK_SCHEDULER_ADDRESS" not in told
        else:
            environment = services["tune"]["environment"]
            assert environment == {"DASK_SCHEDULER_ADDRESS": "tcp://scheduler:8786"}
            address = f"tcp://{case.name}-scheduler:8786"
            assert told["DASK_SCHEDULER_ADDRESS"]["value"] == address
            assert "OPTUNA_STORAGE" not in told
            commands = list(values(case.manifests(), "command"))
            assert ["dask", "worker", address] in commands
            worker = services["worker"]["entrypoint"]
            assert worker[:3] == ["dask", "worker", "tcp://scheduler:8786"]


def test_the_project_understands_the_words(cases: list[Case]) -> None:
    for case in (cases[0], cases[-1]):
        service = case.compose()["services"]["tune"]["command"]
        [job] = [m for m in case.manifests() if m["kind"] == "Job"]
        [container] = job["spec"]["template"]["spec"]["containers"]
        for words in (service, container["args"]):
            assert parse(case, words) == ("tune", Path("/shared/runs"))
        heads = case.head("kubernetes.yaml") + case.head("compose.yaml")
        listing = [words for words in heads if "trials" in words]
        assert len(listing) == 2
        for words in listing:
            found = parse(case, words[words.index("trials") :])
            assert found == ("trials", Path("/shared/runs"))
        for entrypoint in re.findall(
            "^ENTRYPOINT (.*)$", case.read("cluster/Dockerfile"), re.MULTILINE
        ):
            assert yaml.safe_load(entrypoint) == ["python", "-m", case.package]


def parse(case: Case, words: list[str]) -> tuple[str, Path]:
    """Return the command that the project takes the words for, and its folder of studies."""
    command, *options = words
    context = case.load("__main__").cli.commands[command].make_context("", options)
    return command, context.params["runs"]


def test_what_is_written_has_a_place(cases: list[Case]) -> None:
    """Expect `runs` on what outlives a container, and the rest read-only but for /tmp."""
    for case in cases:
        service = case.compose()["services"]["tune"]
        assert "runs:/shared/runs" in service["volumes"]
        assert service["read_only"] and service["tmpfs"] == ["/tmp"]
        for manifest in case.manifests():
            if manifest["kind"] not in ("Deployment", "Job"):
                continue
            pod = manifest["spec"]["template"]["spec"]
            assert pod["securityContext"]["runAsNonRoot"]
            [container] = pod["containers"]
            assert container["securityContext"]["readOnlyRootFilesystem"]
            mounts = {m["name"]: m["mountPath"] for m in container["volumeMounts"]}
            assert mounts.keys() == {volume["name"] for volume in pod["volumes"]}
            assert mounts["tmp"] == "/tmp"
            if manifest["kind"] == "Job":
                assert mounts["shared"] == "/shared"


def test_the_data_are_mounted_where_they_are_looked_for(cases: list[Case]) -> None:
    for case in cases:
        services = case.compose()["services"]
        trains = services["tune" if case.has_database else "worker"]
        binds = [v for v in trains.get("volumes", []) if isinstance(v, dict)]
        path = case.answers.get("data_path")
        copied = [c for c in case.head("kubernetes.yaml") if c[:2] == ["kubectl", "cp"]]
        link = re.search(
            r"ln -sT /shared/data (.*)$", case.read("cluster/Dockerfile"), re.MULTILINE
        )
        if path is None:
            assert not binds and not link and len(copied) == 1
            continue
        assert link
        [bind] = binds
        assert bind["target"] == "/shared/data" and bind["read_only"]
        source = bind["source"].replace("$$", "$")
        assert source.count("$") * 2 == bind["source"].count("$")
        own = path.startswith(("/", "~"))
        assert source == (path if own else f"../{path}")
        assert copied[0][3] == f"{case.name}-files:/shared/data"
        assert copied[0][2].removeprefix("./") == path
        [linked] = shlex.split(link[1])
        home = path.replace("~", "/home/tuner", 1) if path[0] == "~" else path
        assert linked.removeprefix("./") == home.rstrip("/")


def test_no_secret_is_written(cases: list[Case]) -> None:
    for case in cases:
        for path in case.root.glob("cluster/*"):
            for secret in re.findall(r"://\w+:([^@\s/]+)@", path.read_text("utf-8")):
                assert secret in ("PASSWORD", "${POSTGRES_PASSWORD:?export it}")


@pytest.mark.parametrize("number", range(2 ** len(FILES)))
def test_only_what_was_chosen_is_written(render: Render, number: int) -> None:
    chosen = [name for bit, name in enumerate(FILES) if number & 1 << bit]
    project = render(execution="cluster", cluster_files=chosen)
    image = {"Dockerfile"}
    wanted: set[str] = set().union(
        *(
            {
                "slurm": {"slurm.sh"},
                "kubernetes": {"kubernetes.yaml", "kubernetes-storage.yaml"} | image,
                "compose": {"compose.yaml"} | image,
            }[name]
            for name in chosen
        )
    )
    folder = project.root / "cluster"
    assert folder.exists() == bool(chosen)
    assert {path.name for path in folder.glob("*")} == wanted
    assert (project.root / ".dockerignore").exists() == ("Dockerfile" in wanted)
    readme = project.read("README.md")
    named = set(re.findall(r"`cluster/([\w.]+)`", readme))
    assert named == wanted - image - {"kubernetes-storage.yaml"}
    assert ("## On a cluster\n" in readme) == bool(chosen)


@pytest.mark.parametrize(
    ("answers", "message"),
    [
        ({"execution": "serial"}, "not asked .* needs execution=cluster"),
        ({"framework": "manual"}, "not asked .* a framework other than manual"),
        ({"cluster_files": ["slurm", "swarm"]}, "'swarm' is not in .*'compose'"),
        ({"cluster_files": ["slurm", "slurm"]}, "slurm stands there twice"),
        ({"cluster_files": "slurm"}, "write a list"),
    ],
)
def test_a_wrong_answer_is_refused(
    render: Render, answers: Answers, message: str
) -> None:
    cluster = {"execution": "cluster", "cluster_files": ["slurm"]}
    if answers.get("framework") == "manual":
        del cluster["execution"]
    with pytest.raises(UserError, match=f"^cluster_files: .*{message}"):
        render(**cluster | answers)
