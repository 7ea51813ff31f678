# Two commands: `make run` and `make test`. Everything they need goes into .venv; nothing else is touched.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip install -qq --disable-pip-version-check --no-input
export PIP_ROOT_USER_ACTION = ignore

.PHONY: run test lint check format lock schema clean

run: $(VENV)/.installed
	@$(BIN)/aggregator db upgrade --quiet
	@$(BIN)/aggregator run
	@exec $(BIN)/aggregator serve

test: lint $(VENV)/.readers
	@$(BIN)/python -m pytest -n auto

lint: $(VENV)/.tested
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --quiet --check .
	@$(BIN)/mypy

format: $(VENV)/.tested
	@$(BIN)/ruff check --fix --quiet . ; $(BIN)/ruff format --quiet .

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "aggregator needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) -V 2>&1). Try: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || \
	  { echo "$(PYTHON) comes without its venv module. On Debian or Ubuntu: apt install python3-venv  - then run make again."; exit 1; }
	@echo "Setting up $(VENV) (once, about a minute) ..."
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); echo "$(PYTHON) -m venv failed; see the lines above."; exit 1; }

# --no-build-isolation: whatever is built is built with the locked tools; nothing is fetched outside the locks.
$(VENV)/.installed: requirements-build.lock requirements.lock pyproject.toml | $(VENV)/bin/python
	@$(PIP) --require-hashes -r requirements-build.lock
	@$(PIP) --require-hashes --no-build-isolation -r requirements.lock
	@$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.tested: requirements-test.lock $(VENV)/.installed
	@$(PIP) --require-hashes --no-build-isolation -r requirements-test.lock
	@touch $@

# Readers and validators of npm, for tests only. Without npm or its registry their tests are skipped.
$(VENV)/.readers: tests/readers/package.json tests/readers/package-lock.json | $(VENV)/bin/python
	@mkdir -p $(VENV)/readers && cp $^ $(VENV)/readers
	@cd $(VENV)/readers && npm ci --ignore-scripts --no-audit --no-fund --silent && touch ../.readers || \
	  echo "npm could not install what tests/readers/package.json names: the tests that need it are skipped"

# Maintainers only: needs uv. The locks name no registry, so they install from whatever pip is configured to use.
COMPILE := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header
lock:
	$(COMPILE) --group build --output-file requirements-build.lock
	$(COMPILE) --output-file requirements.lock pyproject.toml
	$(COMPILE) --extra postgres --extra test --output-file requirements-test.lock pyproject.toml

# After adding a migration: what all of them make of an empty SQLite store.
schema: $(VENV)/.installed
	@$(BIN)/python -m aggregator.store.snapshot

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis dist
