PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

$(BIN)/uv:
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet "uv>=0.9"

.PHONY: lock
lock: $(BIN)/uv  ## resolve the dependencies again into requirements/
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --python-version 3.11 --no-annotate --custom-compile-command "make lock" pyproject.toml -o requirements/run.txt
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --python-version 3.11 --no-annotate --custom-compile-command "make lock" pyproject.toml --group dev -o requirements/dev.txt
