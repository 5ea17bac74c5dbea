# The two commands of the README are `make discover` and `make test`. Both set up what they need, once.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

PYTHON ?= python3
export PYTHON

BIN := .venv/bin
READY := .venv/.ready
CPUS := $(shell nproc 2>/dev/null || echo 2)
ARGS ?=

# A run never overwrites another: runs/first, then runs/first-2, runs/first-3, ...
ifndef RUN
RUN := $(shell name=runs/first; n=2; while [ -e $$name ]; do name=runs/first-$$n; n=$$((n+1)); done; echo $$name)
endif
DISCOVER_ARGS ?= --images tabletop:n=600 --candidate mini --engine grpo --steps 40 --eval-images 100

# One thread a process where many run beside each other; the main job computes alone.
discover: export OMP_NUM_THREADS ?= $(CPUS)
test check static docs: export OMP_NUM_THREADS ?= 1
# llvmpipe: processes, not threads.
export LP_NUM_THREADS ?= 1
export TOKENIZERS_PARALLELISM ?= false

.PHONY: help discover test check static docs constraints clean

help: ## say what there is
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 20

discover: $(READY) ## the main job: probe, train, report (RUN=folder, DISCOVER_ARGS=..., ARGS=more)
	@$(BIN)/scotoma discover $(DISCOVER_ARGS) --out $(RUN) $(ARGS)

test: $(READY) ## run the tests, with coverage (ARGS=tests/ledger ...)
	@$(BIN)/pytest --cov --cov-report=term $(ARGS)

check: static test ## everything that a change must pass

static: $(READY) ## formatting, lint, types, layers, documents
	@$(BIN)/ruff format --check --quiet . || { echo "run: $(BIN)/ruff format ."; exit 1; }
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy
	@layers=$$($(BIN)/lint-imports --no-cache) || { echo "$$layers"; exit 1; }
	@$(BIN)/python scripts/docs.py --check

docs: $(READY) ## write docs/cli.md from the CLI
	@$(BIN)/python scripts/docs.py

constraints: $(READY) ## pin again what pyproject.toml resolves to today
	@$(BIN)/python scripts/constraints.py

clean: ## remove the environment and all caches; runs stay
	@rm -rf .venv build dist htmlcov .coverage .hypothesis .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
	@find src tests recipes scripts benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +

$(READY): pyproject.toml constraints.txt scripts/environment.sh scripts/system_packages.sh
	@bash scripts/environment.sh
	@bash scripts/system_packages.sh
	@touch $@
