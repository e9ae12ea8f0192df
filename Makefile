# Everything a fresh clone needs: `make serve` and `make test` set themselves up with Python 3.11 and make alone.
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
FUZZ := .venv-fuzz

.DEFAULT_GOAL := help

help: ## Show the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | sort

setup: $(READY) ## Make the virtual environment with the locked dependencies

$(READY): requirements.lock pyproject.toml
	@command -v $(PYTHON) >/dev/null || { echo "make: $(PYTHON) is not installed; set PYTHON=..." >&2; exit 2; }
	$(PYTHON) -m venv --clear $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $(READY)

build: $(READY) ## Build the graph as a snapshot in build/
	$(BIN)/allegiance build

serve: $(READY) ## Serve the graph on http://127.0.0.1:8000
	$(BIN)/allegiance serve

test: lint types unit ## Everything that a change has to pass

lint: $(READY)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: $(READY)
	$(BIN)/mypy

unit: $(READY)
	$(BIN)/python -m pytest -n 2 -q

validate: $(READY) ## Check the contributed data
	$(BIN)/allegiance fmt --check
	$(BIN)/allegiance validate

generate: $(READY) ## Write the generated files again: schemas, context, pages
	$(BIN)/python -m allegiance.generate

lock: ## Resolve the dependencies again (needs uv)
	uv pip compile --quiet --generate-hashes --no-emit-index-url --no-header --python-version 3.11 --group dev pyproject.toml --output-file requirements.lock
	uv pip compile --quiet --generate-hashes --no-emit-index-url --no-header --python-version 3.11 --group fuzz pyproject.toml --output-file requirements-fuzz.lock
	uv pip compile --quiet --generate-hashes --no-emit-index-url --no-header --python-version 3.11 --constraint requirements.lock pyproject.toml deploy/build.in --output-file deploy/requirements.lock

bench: $(READY) ## Measure the build at 100,000 claims
	$(BIN)/python benchmarks/build_at_scale.py

bench-serving: $(READY) ## Measure the server beside native Oxigraph and rdflib-endpoint (needs wrk)
	$(BIN)/python benchmarks/serving.py --write

robustness: $(READY) ## Attack, abuse, kill and soak the server beside its peers (about an hour)
	$(BIN)/python benchmarks/attacks.py --write
	$(BIN)/python benchmarks/abuse.py --seconds 10 --write
	$(BIN)/python benchmarks/chaos.py --kills 1000 --writer-kills 1000 --write
	$(BIN)/python benchmarks/soak.py --minutes 10 --write

contributions: $(READY) ## Check the corpus of wrong contributions; print which faults are found, and where
	$(BIN)/python tests/contributions/report.py

bench-changes: $(READY) ## Measure `validate --changed` beside a full run (about half an hour)
	$(BIN)/python benchmarks/validate_changed.py --write

conformance: $(READY) ## Run the test suites of the W3C against the server and its peers
	$(BIN)/python tests/conformance/report.py

$(FUZZ)/.ready: requirements-fuzz.lock pyproject.toml
	$(PYTHON) -m venv --clear $(FUZZ)
	$(FUZZ)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements-fuzz.lock
	$(FUZZ)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

fuzz: $(FUZZ)/.ready ## Fuzz the server for a bounded time (about a quarter of an hour)
	$(FUZZ)/bin/python tests/fuzzing/run.py --all --seconds 60 --write

clients: ## Install the JavaScript client of the tests (82 MB)
	cd tests/clients && npm ci --ignore-scripts --no-audit --no-fund

clean: ## Remove what make made
	rm -rf $(VENV) $(FUZZ) build dist tests/clients/node_modules

.PHONY: help setup build serve test lint types unit validate generate lock bench bench-serving bench-changes contributions robustness conformance fuzz clients clean
