# `make demo` and `make test` do all the set-up on a machine with Python 3.11 or later.
PYTHON ?= python3
BIN := .venv/bin

.DEFAULT_GOAL := help
.PHONY: help demo test test-long restate check format docs bench clean

help: ## Show this list
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

.venv/ready: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "witgen needs Python 3.11 or later; name one with PYTHON=..."; exit 1; }
	@echo "creating .venv ..."
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'
	@touch $@

demo: .venv/ready ## Run the examples: one golem.yaml, both bindings; then the auction and a kill
	@$(BIN)/python examples/worker-to-worker/demo.py
	@$(BIN)/python examples/auction/demo.py

test: .venv/ready ## Run the tests (minutes, no caches needed)
	@$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

test-long: .venv/ready ## Run the long suites: kills, fuzzing, corpora
	@$(BIN)/python -m pytest -m long

restate: .venv/ready ## Install a Restate server with npm if there is none, and run all tests that need it
	@$(BIN)/python tests/support/restate_server.py install
	@$(BIN)/python -m pytest -m "" -k restate

check: .venv/ready ## Lint, formatting, types
	@$(BIN)/ruff check .
	@$(BIN)/black --check --quiet . || { $(BIN)/black --check .; exit 1; }
	@$(BIN)/mypy

format: .venv/ready ## Format the code
	@$(BIN)/black --quiet .
	@$(BIN)/ruff check --fix --quiet . || true

.venv/docs: .venv/ready
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[docs]'
	@touch $@

docs: .venv/docs ## Build the documentation into build/site; what is not right is an error
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet && echo "build/site/index.html"

bench: .venv/ready ## Print the benchmark tables
	@for script in bench/bench_*.py; do $(BIN)/python $$script; done

clean: ## Remove the environment and all build outputs
	rm -rf .venv .demo build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
