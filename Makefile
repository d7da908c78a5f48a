# Every target runs alone and sets up what it needs. `make help` lists them.

.DEFAULT_GOAL := help
.PHONY: help install requirements chromium format lint types lint-infra quick test test-all soak reliability run demo bench bench-compare plots check clean
.DELETE_ON_ERROR:

# Our own modules are compiled once, also where the machine says otherwise: the functions start
# in every test story.
unexport PYTHONDONTWRITEBYTECODE

PYTHON_BIN := .venv/bin/python
PYTEST := $(PYTHON_BIN) -m pytest
# One worker for each of two cores.
WORKERS ?= 2
SEEDS ?= 200
ARGS ?=
# What is tried at each edit: all that is pure, and the product in memory as far as it takes a
# moment; nothing that starts an emulator or a browser.
QUICK := tests/laws tests/outside tests/stories tests/site tests/telemetry tests/ports/fakes \
  $(patsubst %,--ignore=tests/stories/sync/test_%.py,every_call declared_errors blast_radius \
  echo_lag_order)

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1 \t\2/' | expand -t 22

install: .venv/.installed node_modules/.installed ## virtual environment with pinned requirements, and the storage emulator

# Each environment is one file, compiled with hashes: pip installs nothing that has no hash there.
.venv/.installed: requirements-dev.txt
	@python=$$(sh scripts/find-python.sh) && { [ -x $(PYTHON_BIN) ] || "$$python" -m venv .venv; }
	@echo "Setting up Python packages: about two minutes, once." >&2
	@$(PYTHON_BIN) -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@

node_modules/.installed: package.json package-lock.json requirements-node.txt | .venv/.installed
	@echo "Setting up the storage emulator: some seconds, once." >&2
	@sh scripts/install-node.sh
	@touch $@

requirements: install ## pin what the requirements*.in ask for, with hashes; ARGS=--upgrade for newer versions
	@for name in requirements requirements-dev requirements-bench requirements-infra requirements-node; do \
	  .venv/bin/uv pip compile --quiet --universal --python-version 3.13 --generate-hashes \
	    --custom-compile-command "make requirements" $(ARGS) --output-file $$name.txt $$name.in || exit 1; \
	done

chromium: ## the browser for the tests of the pages (Debian's package)
	@sh scripts/install-chromium.sh

format: install ## format, and the safe fixes
	@$(PYTHON_BIN) -m ruff format .
	@$(PYTHON_BIN) -m ruff check --fix .

lint: install ## style and format, changing nothing
	@$(PYTHON_BIN) -m ruff check .
	@$(PYTHON_BIN) -m ruff format --check .

types: install ## mypy strict over product, simulators, tests and benchmarks
	@$(PYTHON_BIN) -m mypy .

lint-infra: .venv-infra/.installed ## security rules over the Bicep files
	@sh scripts/lint-infra.sh

.venv-infra/.installed: requirements-infra.txt
	@python=$$(sh scripts/find-python.sh) && { [ -x .venv-infra/bin/python ] || "$$python" -m venv .venv-infra; }
	@.venv-infra/bin/python -m pip install --quiet --disable-pip-version-check -r requirements-infra.txt
	@touch $@

quick: install ## the tests of all that is pure or in memory, half a minute
	@$(PYTEST) -q -n $(WORKERS) --dist worksteal $(QUICK) $(ARGS)

# One worker more than cores: the stories over HTTP spend much of their time waiting. A file stays in
# one worker, so that its emulator starts once.
test: install ## all tests; ARGS='-k name' for some
	@$(MAKE) --no-print-directory chromium || echo "Going on without a browser." >&2
	@$(PYTEST) -n $$(($(WORKERS) + 1)) --dist loadfile $(ARGS)

test-all: install ## all tests with many more property examples, and branch coverage
	@$(MAKE) --no-print-directory chromium || echo "Going on without a browser." >&2
	@HYPOTHESIS_PROFILE=ci $(PYTEST) -n $$(($(WORKERS) + 1)) --dist loadfile --cov --cov-report=term-missing:skip-covered $(ARGS)

soak: install ## many seeded histories, SEEDS=n; prints the failing seeds
	@$(PYTHON_BIN) -m tests.histories.soak --seeds $(SEEDS) --workers $(WORKERS) $(ARGS)

reliability: install ## load and faults over HTTP, minutes each; ARGS='kills' (people, emulator, clock, outage, two-hosts)
	@$(PYTHON_BIN) -m tests.reliability $(ARGS)

run: install ## everything on one machine: simulators and functions; prints the addresses
	@exec $(PYTHON_BIN) -m simulators.run

demo: install ## the same, with everybody invited, one person connected, and a guided minute
	@exec $(PYTHON_BIN) -m simulators.run --demo

bench: install ## benchmarks beside the stored figures; ARGS=--save stores new ones
	@$(PYTHON_BIN) -m benchmarks $(ARGS)

bench-compare: install .venv-bench/.installed ## the product beside other clients, forty minutes; ARGS=--save stores and draws
	@$(PYTHON_BIN) -m benchmarks compare $(ARGS)

plots: install .venv-bench/.installed ## the plots of docs/benchmarks.md, from the stored figures
	@$(PYTHON_BIN) -m benchmarks --draw

.venv-bench/.installed: requirements-bench.txt
	@python=$$(sh scripts/find-python.sh) && { [ -x .venv-bench/bin/python ] || "$$python" -m venv .venv-bench; }
	@.venv-bench/bin/python -m pip install --quiet --disable-pip-version-check -r requirements-bench.txt
	@touch $@

check: lint types lint-infra test-all ## what a change has to pass, at length

clean: ## forget secrets and caches of earlier runs
	@rm -rf .run .mypy_cache .pytest_cache .ruff_cache .hypothesis .coverage

.PHONY: messages mail-gallery screenshots
messages: install ## brings the files of all languages in step with what is said
	@$(PYTHON_BIN) -m scripts.messages

mail-gallery: install chromium ## pictures of the messages, for docs/mail.md
	@$(PYTHON_BIN) -m scripts.mail_pictures

screenshots: install chromium ## pictures of the pages, for the README
	@$(PYTHON_BIN) -m scripts.screenshots

.PHONY: mutants
mutants: install ## change the planner and its rules in small ways: some test has to notice each
	@HYPOTHESIS_PROFILE=deterministic $(PYTHON_BIN) -m mutmut run --max-children $(WORKERS)
	@$(PYTHON_BIN) -m mutmut results | grep -v ': caught by type check' || true
