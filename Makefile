# make demo: a month of billing on stand-ins.  make test: every check of behaviour.  Both set themselves up.
PYTHON ?= python3
BIN := .venv/bin
# The files come in order, so that the long ones of integration begin before the short ones of unit. Compiled files are
# kept: each process reads all tests, and a machine may be set to forget them.
PYTEST = PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest --numprocesses 7 --dist loadfile --no-loadscope-reorder
ENV := .venv/.installed
COMPILE := uv pip compile --quiet --universal --generate-hashes --no-header --no-emit-index-url --no-emit-find-links \
  --python-version 3.11 --extra traces pyproject.toml

.DEFAULT_GOAL := help
.PHONY: help demo up test slow chaos flood simulate mutants bench screenshots lint types lock

help: ## say what there is
	@grep -E '^[a-z]+:.*##' Makefile | sed 's/:.*##/\t/' | expand -t 10

$(ENV): requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "xerosync needs Python 3.11 or newer: name one, as in `make PYTHON=python3.12 demo`")'
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || { echo "$(PYTHON) can make no environment: install what it needs for that, on Debian python3-venv" >&2; exit 1; }
	@echo "Setting up .venv: a minute or two, once"
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@touch $@

demo: $(ENV) ## play a month of billing on stand-ins and show the result
	$(BIN)/python starter.py demo

up: $(ENV) ## leave the stack running: Temporal, PostgreSQL, both stand-ins, a worker
	$(BIN)/python starter.py up

test: $(ENV) ## every test but the slow ones: four to seven minutes on two cores
	$(PYTEST) -m "not slow"

slow: $(ENV) ## the slow tests: workers killed at every fault point, every fault on every call, the console in Chromium
	$(PYTEST) -m slow

chaos: $(ENV) ## kill workers, break calls, compare both books (a quarter of an hour); PEOPLE=1: people act on both sides; KEYS=1: payload keys are renewed; ROLLING=1: a newer build takes over; DASHBOARD=1: what Prometheus saw, as docs/dashboard.md (alone or with PEOPLE=1)
	$(BIN)/python -m tests.chaos $(if $(PEOPLE),--people) $(if $(KEYS),--keys) $(if $(ROLLING),--rolling) $(if $(DASHBOARD),--dashboard docs/dashboard.md)

simulate: $(ENV) ## play documents on virtual time, repeatable by its seed: SEED=1 DOCUMENTS=100 DAYS=5 SEEDS=20
	$(BIN)/python -m tests.simulation $(if $(SEED),--seed $(SEED)) $(if $(DOCUMENTS),--documents $(DOCUMENTS)) $(if $(DAYS),--days $(DAYS)) $(if $(SEEDS),--seeds $(SEEDS))

mutants: $(ENV) ## plant 60 faults into copies of the tree, one at a time: the simulation must find each; ONLY=payment
	$(BIN)/python -m tests.simulation.mutants $(ONLY)

flood: $(ENV) ## a million webhooks on copies of the edge that are killed: none lost, none forged; DELIVERIES=20000
	$(BIN)/python -m tests.flood $(if $(DELIVERIES),--deliveries $(DELIVERIES))

bench: $(ENV) ## what it costs and how fast it is, as a table and as .xerosync/bench.json; one with ONLY=calls
	$(BIN)/python -m benchmarks $(ONLY)

screenshots: $(ENV) ## take the pictures of docs/console.md anew (needs Chromium)
	$(BIN)/python -m tests.browser.screenshots

lint: $(ENV) ## style, format and who imports whom
	$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/lint-imports

types: $(ENV) ## strict types; of tests, that what they name exists
	$(BIN)/basedpyright && $(BIN)/basedpyright -p tests

lock: ## pin what is installed: for everything, and for the worker's image (needs uv)
	$(COMPILE) --group dev --output-file requirements.lock
	$(COMPILE) --constraints requirements.lock --output-file requirements-runtime.lock
