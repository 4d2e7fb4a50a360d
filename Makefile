# Everything that a newcomer types. Needs only Python 3.11-3.13 (with venv) and make.
SHELL := /bin/bash
VENV ?= .venv
BIN := $(VENV)/bin
READY := $(VENV)/.installed
# The first interpreter that really runs and is of a version we support.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	"$$p" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null && echo "$$p" && break; done)
export OPENBLAS_NUM_THREADS ?= 1
# numba's cache notices a changed file, but not a changed kernel that another file calls: a folder for each state of them all.
export NUMBA_CACHE_DIR ?= $(CURDIR)/$(VENV)/kernels-$(shell grep -rlE 'njit|intrinsic' recommender --include=*.py 2>/dev/null | sort | xargs cat 2>/dev/null | cksum | cut -d' ' -f1)
WORKERS ?= 2

.PHONY: help install demo test check bench lock format clean

help: ## Show this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

install: $(READY) ## Install Rapport and its pinned dependencies into .venv

$(READY): requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "Rapport needs Python 3.11, 3.12 or 3.13; none was found. Install one, or say: make PYTHON=/path/to/python"; exit 1; }
	@echo "Installing into $(VENV) with $$($(PYTHON) --version), about two minutes the first time"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

demo: install ## Learn from 1.47 million grocery purchases, serve, and show it (EXIT=1 stops after showing)
	@$(BIN)/rapport demo $(if $(EXIT),--exit,)

test: install ## Run every test against real servers
	@# Before the tests, so that no test waits for the compiler and no two workers compile the same.
	@$(BIN)/rapport warm
	@$(BIN)/python -m pytest -n $(WORKERS) --dist loadgroup

check: install ## Lint, types, import contracts, doctests
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@PYTHONPATH=. $(BIN)/lint-imports
	@$(BIN)/rapport warm
	@# MLflow runs pyfunc_model.py as a script: importing it registers a model.
	@$(BIN)/python -m pytest -q --doctest-modules --doctest-continue-on-failure \
		--ignore=training/pyfunc_model.py recommender training serving

bench: install ## Measure against peers; writes benchmarks/results/*.json
	@$(BIN)/python -m benchmarks

lock: install ## Pin anew: names, versions and hashes, no index
	@$(BIN)/python -m pip install --quiet uv
	@$(BIN)/uv pip compile --universal --generate-hashes --extra dev --python-version 3.11 --no-header --no-annotate --quiet pyproject.toml -o requirements.lock

format: install ## Format and mend what ruff can mend
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

clean: ## Remove the environment and the caches
	@rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build *.egg-info
