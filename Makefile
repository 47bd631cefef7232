# Everything a developer, an operator trying it out or CI runs. `make help` lists it.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SERVE ?= 1
export PIP_DISABLE_PIP_VERSION_CHECK = 1

.PHONY: help install demo serve test test-services check format bench lock messages clean

help:  ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/'

$(VENV)/.installed: requirements.lock pyproject.toml
	@$(PYTHON) scripts/require_python.py
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.messages: $(VENV)/.installed $(wildcard src/lantai/locale/*/LC_MESSAGES/*.po)
	@$(BIN)/python scripts/messages.py compile
	@touch $@

install: $(VENV)/.installed $(VENV)/.messages  ## install into .venv

demo: install  ## invent the demo region, walk it down the road, serve it (SERVE=0: JSON summary only)
	$(BIN)/lantai demo $(if $(filter 0,$(SERVE)),--no-serve --json,)

serve: install  ## serve what is under LANTAI_HOME
	$(BIN)/lantai serve

test: install  ## run the tests on embedded engines
	$(BIN)/pytest -n auto --maxprocesses 4 --dist loadfile -m "not services"

test-services: install  ## run the same suites on PostgreSQL, clamd and a real browser (Debian packages)
	scripts/test-services.sh

check: install  ## lint, types, import rules
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/djlint --quiet --lint src
	$(BIN)/lint-imports --no-cache
	$(BIN)/pytest -q tests/architecture/test_structure.py tests/architecture/test_messages.py tests/architecture/test_conformance.py
	$(BIN)/mypy

format: install  ## rewrite the code as the linter wants it
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: install  ## measure ingest and search, JSON results
	$(BIN)/lantai bench ingest --records 10000 --json
	$(BIN)/lantai bench search --entries 1000000 --json

lock:  ## pin the newest allowed versions (needs uv)
	uv pip compile --quiet --upgrade --universal --no-emit-index-url --generate-hashes \
	  --python-version 3.11 --extra dev pyproject.toml -o requirements.lock --custom-compile-command "make lock"
	$(BIN)/python -c "import tomllib; print(*tomllib.load(open('pyproject.toml', 'rb'))['project']['optional-dependencies']['semantic'])" \
	  | uv pip compile --quiet --universal --no-emit-index-url --generate-hashes --python-version 3.11 \
	  --constraint requirements.lock - -o requirements-semantic.lock --custom-compile-command "make lock"

messages: install  ## collect strings to translate
	$(BIN)/python scripts/messages.py extract

clean:  ## remove what was installed and measured, never the data
	rm -rf $(VENV) .ruff_cache
