# run: the playground without any token, the real bot with one.  test: everything that must hold.
# prove: the long rounds; SEED=… goes on with a stopped run, ROUNDS=… and ONLY=… shorten it.
# docs: the lists of tests in docs/, written anew after a test was renamed or marked.
# pictures, failures: the page and every failure as people see them, into docs/ (needs Chromium).
# bench: how heavy and how fast, into docs/benchmarks.md (40 minutes). ONLY="pace idle", QUICK=1 and IN_FLIGHT=10000 print only.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
.DEFAULT_GOAL := run
.PHONY: run test prove bench lint docs lock pictures failures clean

run: $(VENV)/run
	@$(BIN)/python -m playground.start

test: lint
	@$(BIN)/python -m tests.run

prove: $(VENV)/dev
	@$(BIN)/python -m tests.prove $(if $(SEED),--seed $(SEED)) $(if $(ROUNDS),--rounds $(ROUNDS)) $(if $(ONLY),--only "$(ONLY)")

bench: $(VENV)/dev
	@$(BIN)/python -m bench $(ONLY) $(if $(QUICK),--quick) $(if $(IN_FLIGHT),--in-flight $(IN_FLIGHT))

lint: $(VENV)/dev
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy

docs: $(VENV)/dev
	@$(BIN)/python -m tests.project.proofs

pictures: $(VENV)/dev
	@$(BIN)/python -m playground.screenshots docs/pictures

failures: $(VENV)/dev
	@$(BIN)/python -m playground.failures docs/failures

lock: $(VENV)/dev
	@$(BIN)/uv pip compile -q --universal --generate-hashes --python-version 3.11 requirements.in -o requirements.txt
	@$(BIN)/uv pip compile -q --universal --generate-hashes --python-version 3.11 requirements-dev.in -o requirements-dev.txt

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit("Retouch needs Python 3.11 or newer; this is " + sys.version.split()[0] + ". Set PYTHON=python3.12, say.") if sys.version_info < (3, 11) else None'
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "Python's venv is missing here. On Debian or Ubuntu: apt install python3-venv"; exit 1; }
	@$(PYTHON) -m venv $(VENV)

$(VENV)/run: requirements.txt | $(VENV)/bin/python
	@echo "Installing what Retouch needs into $(VENV) (once) …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@touch $@

$(VENV)/dev: requirements-dev.txt | $(VENV)/bin/python
	@echo "Installing what the tests need into $(VENV) (once) …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@ $(VENV)/run

clean:
	@rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis
