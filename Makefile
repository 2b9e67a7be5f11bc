.DEFAULT_GOAL := help
SHELL := bash
PYTHON ?= python3
BIN := .venv/bin
BRINKBYTE := $(BIN)/brinkbyte
SOURCES := mesh rights billing edge gateway sdk deploy bench
CHAOS ?= tests/rights/simulation tests/chaos
CHAOS_RUNS ?= 200
# Every program and test starts processes; each would compile all that it imports again.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help run up down status demo test check lint types contracts gen bench chaos train lock clean runtime triton dev

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sort | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

run: runtime triton ## set everything up and run the whole mesh in the foreground (Ctrl-C stops it)
	@$(BRINKBYTE) local run

up: runtime triton ## the same in the background
	@$(BRINKBYTE) local up

down: runtime ## stop what `make up` started
	@$(BRINKBYTE) local down

status: runtime ## what runs, and where
	@$(BRINKBYTE) local status || true

demo: runtime triton ## run the main job once, with faults, and print what happened
	@$(BRINKBYTE) local demo

test: dev triton ## every test, in parallel (PYTEST=… passes arguments)
	@$(BIN)/python -m pytest -n 2 --dist loadgroup $(PYTEST)

check: dev contracts lint types ## contracts, generated code, lint, format, types, imports
	@$(BIN)/python -m pytest -q -p no:cacheprovider tests/contract

lint: dev
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: dev
	@$(BIN)/mypy $(SOURCES)

contracts: dev
	@$(BIN)/buf lint
	@$(BIN)/buf format --diff --exit-code --path proto/brinkbyte
	@$(BIN)/buf breaking --against proto/baseline.binpb
	@$(BIN)/python -m deploy.contracts.generate --check

gen: dev ## write gen/ from proto/
	@$(BIN)/buf format -w --path proto/brinkbyte
	@$(BIN)/python -m deploy.contracts.generate

bench: dev triton ## every figure that README claims, as ratios in one run
	@$(BIN)/python -m bench $(BENCH)

chaos: dev ## runs of usage with kills, and of leases that go wrong (CHAOS_RUNS=50, BRINKBYTE_CHAOS_SEED=… repeats one)
	@BRINKBYTE_CHAOS_RUNS=$(CHAOS_RUNS) $(BIN)/python -m pytest -q -m chaos --timeout 3600 $(CHAOS)

train: dev ## train the detector again (about ten minutes)
	@$(PYTHON) deploy/install.py train
	@.venv-train/bin/python -m deploy.detector.train

lock: dev ## resolve requirements/*.txt again
	@for part in setup runtime dev triton train; do \
	  from=requirements/$$part.in; [ $$part = runtime ] && from=pyproject.toml; \
	  $(BIN)/uv pip compile -q --generate-hashes --no-header --universal --python-version 3.11 \
	    $$from -o requirements/$$part.txt || exit 1; done

clean: ## remove everything that was made here: environments, runs, caches
	@[ ! -x $(BRINKBYTE) ] || $(BRINKBYTE) local down >/dev/null 2>&1 || true
	@rm -rf .run .venv .venv-triton .venv-train .pytest_cache .mypy_cache .ruff_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

runtime triton dev:
	@$(PYTHON) deploy/install.py $@
