# make demo: see it work.  make test: the whole suite.  make check: lint and types, and
# what looks at dozens of projects.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin

.PHONY: venv browser demo test gp check golden docs torture matrix canary fuzz bench

venv: .venv/ready

# Stale whenever what it must hold has changed. uv takes a quarter of pip's time; pip is asked
# where only its own settings lead to packages.
.venv/ready: pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	$(BIN)/python -m uv pip install --quiet --compile-bytecode -e ".[variants,dev]" \
	|| $(BIN)/python -m pip install --quiet --disable-pip-version-check -e ".[variants,dev]"
	touch $@

# What opens reports in tests: installed on Debian as root, and asked for elsewhere.
browser:
	@for name in chromium chromium-browser google-chrome; do command -v $$name >/dev/null && exit 0; done; \
	[ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium >/dev/null \
	|| { echo "error: the tests open reports in a browser; install chromium or google-chrome" >&2; exit 1; }

# Where the whole .venv has been prepared, it has what the demo runs. Else the demo has a Python
# of its own, into which it installs that and nothing more.
DEMO := $(if $(wildcard .venv/ready),.venv,.venv/demo)
demo: $(DEMO)/ready
	$(DEMO)/bin/tunewright demo --trials 6 --epochs 12

.venv/demo/ready: pyproject.toml
	test -x .venv/demo/bin/python || $(PYTHON) -m venv --without-pip .venv/demo
	$(PYTHON) -m pip --python .venv/demo/bin/python install --quiet --disable-pip-version-check uv
	.venv/demo/bin/python -m uv pip install --quiet -e .
	touch $@

test: venv browser
	$(BIN)/python -m pytest -n 2 --dist worksteal

# The variants that need PyTorch: a CPU build of it, put where nothing else looks.
gp: venv .venv/torch/ready
	PYTHONPATH=.venv/torch $(BIN)/python -m pytest -n 2 tests -m "not torture" -k gp

.venv/torch/ready: .venv/ready
	$(BIN)/python -m pip install --quiet --target .venv/torch --upgrade torch==2.13.0
	rm -rf .venv/torch/numpy .venv/torch/numpy-* .venv/torch/numpy.libs
	touch $@

check: venv
	$(BIN)/ruff check .
	$(BIN)/black --check --quiet .
	$(BIN)/mypy
	$(BIN)/python -m pytest -n 2 --dist worksteal -m "check and not matrix" \
		tests/test_rendered_code.py tests/test_trained_variants.py tests/test_arms.py

# The projects in tests/golden, after a change of the template has been looked at.
golden: venv
	$(BIN)/python -m tests.golden

# The site in site/: docs/*.md, the reference of all questions, and the page that shows the code.
docs: venv
	$(BIN)/python -m tests.reference
	$(BIN)/zensical build --strict
	$(BIN)/tunewright browse --out site/browse/page.html

# Kills at every point, and files broken in every way: docs/reliability.md.
torture: venv
	$(BIN)/python -m pytest -n 2 --dist worksteal tests/torture -m torture

# Every project rendered and checked, and the tests of which `make test` runs some.
matrix: venv
	$(BIN)/tunewright variants render --cover all
	$(BIN)/python -m pytest -n 2 --dist worksteal -m matrix

# What is declared, in the oldest versions that it names and in the newest there are: a
# part of the tests, and a few variants trained. `make canary-highest` does one of the two.
CANARY := .venv/canary
canary: canary-lowest-direct canary-highest

canary-%: venv
	$(BIN)/uv venv --quiet --clear --seed --python $(PYTHON) $(CANARY)/$*
	$(BIN)/uv pip install --quiet --upgrade --python $(CANARY)/$* --resolution $* -e ".[variants,dev]"
	RESOLUTION=$* $(CANARY)/$*/bin/python -m pytest tests/test_dependencies.py \
		tests/test_golden.py tests/test_project_ci.py tests/test_workflows.py \
		tests/test_variants.py
	$(CANARY)/$*/bin/tunewright variants smoke --cover answers

# Records as no project writes them, a minute each; more with `make fuzz SECONDS=600`.
SECONDS ?= 60
fuzz: venv
	$(BIN)/python -m pip install --quiet "atheris>=3"
	$(BIN)/python -m tests.torture.fuzz_records $(SECONDS) search_cv
	$(BIN)/python -m tests.torture.fuzz_records $(SECONDS) keras_tuner
	$(BIN)/python -m tests.torture.fuzz_records $(SECONDS) optuna

# Runs each benchmark that docs/performance.md names, and writes its figures there.
bench: venv
	$(BIN)/python benchmarks/write.py
