# make demo and make test set up what is missing; nothing else needs to be done by hand.
.DEFAULT_GOAL := help
PYTHON := .venv/bin/python

.PHONY: help
help: ## What can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: demo
demo: setup ## The whole system with a simulated fleet over Peshawar; Ctrl-C ends it
	@exec .venv/bin/nigehban demo

.PHONY: test
test: setup-dev ## All checks and tests: ruff, mypy, import contracts, oxlint, unit, integration, browser
	@$(MAKE) --no-print-directory --jobs 2 style types pytest

.PHONY: pytest
pytest:
	@$(PYTHON) -m pytest -n 3 --dist loadfile --no-loadscope-reorder || { \
		test $$? = 1 && printf '\nWhat failed beside other tests is run once more, alone:\n\n' && \
		$(PYTHON) -m pytest --last-failed --last-failed-no-failures none; }

.PHONY: lint
lint: setup-dev ## ruff, mypy strict, import contracts, oxlint of the page's scripts
	@$(MAKE) --no-print-directory --jobs 2 types style

.PHONY: types
types:
	$(PYTHON) -m mypy

.PHONY: style
style:
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .
	.venv/bin/lint-imports
	.venv/bin/oxlint --quiet --config dashboard/.oxlintrc.json dashboard/assets

.PHONY: bench
bench: setup-dev ## Measure against the peers of tests/benchmarks (some ten minutes)
	@.venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/bench.txt
	$(PYTHON) -m tests.benchmarks

.PHONY: chaos
chaos: setup-dev ## Kill collector, database and broker under load for ten minutes
	$(PYTHON) -m tests.chaos --minutes 10

.PHONY: fuzz
fuzz: setup-dev ## Made-up bytes into every decoder, a minute each
	@.venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/fuzz.txt
	$(PYTHON) -m tests.fuzz --seconds 60

.PHONY: format
format: setup-dev ## Format and mend what ruff can
	$(PYTHON) -m ruff check --fix .
	$(PYTHON) -m ruff format .

.PHONY: setup
setup: ## What `make demo` needs
	@scripts/setup.sh run

.PHONY: setup-dev
setup-dev: ## What `make test` needs
	@scripts/setup.sh dev

.PHONY: lock
lock: ## Write the lock files anew (wants uv)
	scripts/lock.sh

.PHONY: clean
clean: ## Remove what was set up and built here (history stays where `nigehban settings` says)
	rm -rf .venv build dist dashboard/node_modules .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
