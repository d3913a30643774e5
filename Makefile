# The front door. `make` alone lists what it can do.

.DEFAULT_GOAL := help
.NOTPARALLEL:
.DELETE_ON_ERROR:

VENV := .venv
BIN := $(VENV)/bin
UV := $(BIN)/uv
PYTEST := $(BIN)/pytest
RUFF := $(BIN)/ruff
COVERAGE := $(BIN)/coverage

# The first Python on the PATH that is new enough and can make a virtual environment.
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	$$p -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& echo $$p && break; done)

# Whatever is active in the caller's shell, uv works on this checkout's own environment.
export UV_PROJECT_ENVIRONMENT := $(CURDIR)/$(VENV)
unexport VIRTUAL_ENV PYTHONPATH PYTHONHOME
# Each process that a test starts reads the whole package; compiling it anew takes as long again.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help
help: ## List the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  \033[1m%-9s\033[0m %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# --- set-up ---------------------------------------------------------------------------------

.PHONY: setup
setup: $(VENV)/.synced ## Make .venv with all that is needed; quick when nothing changed

$(UV):
	@test -n "$(PYTHON)" || { echo "Doseguard needs Python 3.11 or newer with its venv module \
	(on Debian: apt-get install python3-venv), or PYTHON=/path/to/python." >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check 'uv>=0.13'

$(VENV)/.synced: pyproject.toml uv.lock | $(UV)
	$(UV) sync --frozen --quiet
	@touch $@

$(VENV)/.bench-synced: $(VENV)/.synced
	$(UV) sync --frozen --quiet --group bench
	@touch $@

# --- use ------------------------------------------------------------------------------------

.PHONY: demo serve
demo: setup ## Enter a study that shows every verdict, and serve it on loopback
	$(BIN)/doseguard demo $(ARGS)

serve: setup ## Serve the API (settings from DOSEGUARD_*)
	$(BIN)/doseguard serve $(ARGS)

# --- develop --------------------------------------------------------------------------------

.PHONY: test fuzz nightly bench mutants fmt openapi tables migration lock clean
test: setup ## Run the fast tests
	$(PYTEST) -n auto --dist worksteal $(ARGS)

fuzz: setup ## Run the slow tests: long properties, the oracle, the API under fuzz, crashes
	$(PYTEST) -o addopts=-ra -m slow $(ARGS)

nightly: check ## Everything: check, then every property at length, then the benchmarks
	$(PYTEST) -n auto -o addopts=-ra --hypothesis-profile=nightly
	$(MAKE) bench

bench: $(VENV)/.bench-synced ## Measure; prints a table and writes JSON
	$(BIN)/python -m benchmarks $(ARGS)

mutants: setup ## Plant faults in a sample of the engine and count what tests find; takes hours
	$(BIN)/python -m tools.mutants $(ARGS)

fmt: setup ## Format and mend what can be mended
	$(RUFF) check --fix
	$(RUFF) format

openapi: setup ## Write openapi/ again: the description with its examples, and the schema
	@mkdir -p openapi
	$(BIN)/python -m tools.examples
	$(BIN)/doseguard openapi > $(VENV)/openapi.json
	@mv $(VENV)/openapi.json openapi/openapi.json
	$(BIN)/doseguard schema > $(VENV)/schema.json
	@mv $(VENV)/schema.json openapi/dlt-protocol.schema.json

tables: setup ## Write the tables of docs/ again that are made from data
	$(BIN)/python -m tools.units_page
	$(BIN)/python -m tools.criteria_table

migration: setup ## Write the migration to app/store/tables.py (m="what changes")
	$(BIN)/python tools/make_migration.py '$(subst ','\'',$(m))'
	$(RUFF) check --quiet --fix migrations
	$(RUFF) format --quiet migrations

lock: setup ## Resolve uv.lock again (ARGS=--upgrade for newer versions)
	$(UV) lock $(ARGS)

clean: ## Remove the environment and all caches
	rm -rf $(VENV) .coverage .coverage.* .hypothesis .import_linter_cache .mypy_cache \
		.pytest_cache .ruff_cache .schemathesis build dist

# --- check: exactly what CI runs ------------------------------------------------------------

GATES := lock format lint types imports dependencies containers tests openapi

.PHONY: check $(GATES:%=check-%)
check: setup $(GATES:%=check-%) ## Run every gate, as CI does

check-lock:
	$(UV) lock --check --quiet

check-format:
	$(RUFF) format --check

check-lint:
	$(RUFF) check

check-types:
	$(BIN)/mypy
	$(BIN)/mypy migrations/env.py migrations/versions/*.py

check-imports:
	$(BIN)/lint-imports

check-dependencies:
	$(BIN)/deptry .

check-containers:
	$(BIN)/hadolint Dockerfile
	$(BIN)/check-jsonschema --builtin-schema vendor.compose-spec compose.yaml

check-tests:
	CI=true $(MAKE) test ARGS='--cov --cov-report= --durations=20'
	$(COVERAGE) report --fail-under=100

check-openapi:
	$(BIN)/doseguard openapi | diff -u openapi/openapi.json - \
		|| { echo "The API changed: run 'make openapi' and commit the result." >&2; exit 1; }
	$(BIN)/doseguard schema | diff -u openapi/dlt-protocol.schema.json - \
		|| { echo "Documents changed: run 'make openapi' and commit the result." >&2; exit 1; }
	$(BIN)/check-jsonschema --check-metaschema openapi/dlt-protocol.schema.json
	$(BIN)/check-jsonschema --schemafile openapi/dlt-protocol.schema.json app/data/protocols/*.yaml
