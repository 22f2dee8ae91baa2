# The two commands: `make serve` and `make test`. Each sets up what it needs; a second run is instant.

PYTHON ?= python3
ARGS ?=
VENV := .venv
BIN := $(VENV)/bin
LOCK := $(BIN)/uv pip compile --quiet --universal --generate-hashes --python-version 3.11 --no-annotate --custom-compile-command "make lock"
# Sync keeps the environment equal to the lock; hashes in the lock are checked by uv as it installs.
SYNC := $(BIN)/uv pip sync --quiet --compile-bytecode --python $(BIN)/python --require-hashes
PROJECT := $(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --build-constraints requirements/build.txt --editable .

# Trust whom this machine trusts, as pip does: in a network that inspects TLS the roots that uv brings know nobody.
UV_SYSTEM_CERTS ?= true
export UV_SYSTEM_CERTS

.DEFAULT_GOAL := help

.PHONY: help
help:
	@echo "usage: make TARGET [PYTHON=python3.12] [ARGS='...']"
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(BIN)/uv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "halo-dash needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) --version 2>&1). Try: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { \
		echo "$(PYTHON) cannot make a virtual environment. On Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check "uv>=0.9"

# Start-up is twice as fast with compiled modules, and Python does not keep them where PYTHONDONTWRITEBYTECODE is set.
COMPILE_OURS := $(BIN)/python -m compileall -q halo_dash

# What tests need contains what running needs, so an environment for tests is never cut down again.
$(VENV)/.run: $(BIN)/uv requirements/run.txt requirements/build.txt pyproject.toml
	@echo "Installing halo-dash into $(VENV)."
	@if [ -e $(VENV)/.dev ]; then $(SYNC) requirements/dev.txt; else $(SYNC) requirements/run.txt; fi
	@$(PROJECT)
	@touch $@

$(VENV)/.dev: $(BIN)/uv requirements/dev.txt requirements/build.txt pyproject.toml
	@echo "Installing halo-dash and its development tools into $(VENV)."
	@$(SYNC) requirements/dev.txt
	@$(PROJECT)
	@touch $(VENV)/.run $@

.PHONY: setup
setup: $(VENV)/.run  ## install what halo needs; leaves .venv/bin/halo
	@$(COMPILE_OURS)

.PHONY: serve
serve: setup  ## start the collector and the dashboard (ARGS='--port 0')
	$(BIN)/halo serve $(ARGS)

.PHONY: demo
demo: setup  ## the same, with demo traces in an empty store
	$(BIN)/halo serve --demo $(ARGS)

.PHONY: browser
browser:
	@for name in chromium chromium-browser google-chrome; do command -v $$name >/dev/null 2>&1 && exit 0; done; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then \
		echo "Installing Chromium for the browser tests."; \
		apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install --yes --no-install-recommends chromium >/dev/null; \
	else \
		echo "The browser tests need Chromium, and it is not installed." >&2; \
		echo "Install it with your package manager (for example: sudo apt-get install chromium, or brew install --cask chromium)." >&2; \
		exit 1; \
	fi

# Two end-to-end tests send with a Node exporter; they say that they are skipped where there is none.
NODE := e2e/node/node_modules/.package-lock.json

$(NODE): e2e/node/package.json e2e/node/package-lock.json
	@if ! command -v npm >/dev/null 2>&1; then exit 0; fi; \
	echo "Installing the Node exporter of the end-to-end tests into e2e/node."; \
	if npm ci --prefix e2e/node --ignore-scripts --loglevel error >/dev/null; then touch $@; else \
		echo "npm ci failed in e2e/node: the tests that send from Node are skipped." >&2; fi

# Two workers: tests wait for processes and browsers most of the time. Whoever has ended takes over from the other's end.
.PHONY: test
test: $(VENV)/.dev $(NODE) browser  ## run all tests (ARGS='tests/cli -x'; in one process: ARGS='-n0 --pdb')
	@$(COMPILE_OURS)
	$(BIN)/python -m pytest -q -n 2 --dist worksteal $(ARGS)

.PHONY: lint
lint: $(VENV)/.dev  ## style, format and the import rule
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/lint-imports --no-logo

.PHONY: types
types: $(VENV)/.dev  ## strict type check
	$(BIN)/mypy

.PHONY: check
check: lint types test  ## everything CI runs: lint, types and the tests

.PHONY: format
format: $(VENV)/.dev  ## put the code into form
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

.PHONY: docs
docs: $(VENV)/.dev  ## write docs/cli.md, docs/configuration.md and docs/rules.md again
	$(BIN)/python -m halo_dash.cli.reference docs/cli.md docs/configuration.md docs/rules.md

.PHONY: bench
bench: $(VENV)/.dev  ## measure ingestion against its floor, and judging against ingestion
	$(BIN)/python bench/ingest.py $(ARGS)
	$(BIN)/python bench/judging.py

.PHONY: eval
eval: $(VENV)/.dev  ## what rules find in recorded runs, against what is known of them (ARGS=FOLDER)
	$(BIN)/python bench/eval.py $(ARGS)

.PHONY: bench-scale
bench-scale: $(VENV)/.dev  ## measure searching in a million spans (half an hour; ARGS='--traces 7000')
	$(BIN)/python bench/scale.py $(ARGS)

.PHONY: lock
lock: $(BIN)/uv  ## resolve the dependencies again into requirements/
	$(LOCK) pyproject.toml -o requirements/run.txt
	$(LOCK) pyproject.toml --group dev -o requirements/dev.txt
	printf "hatchling\neditables\n" | $(LOCK) - -o requirements/build.txt

.PHONY: clean
clean:  ## remove what the other targets made; traces stay
	rm -rf $(VENV) e2e/node/node_modules dist build .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache test-results
	find halo_dash tests e2e bench -name __pycache__ -type d -prune -exec rm -rf {} +
