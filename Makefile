PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed

.PHONY: help run test check reliability clean

help:  ## list the commands
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/'

run: $(STAMP)  ## set everything up, index documents/ and open the page
	@$(BIN)/rag index || [ $$? -eq 3 ]
	@$(BIN)/rag serve

test: $(STAMP)  ## set everything up and run all tests
	$(BIN)/pytest --numprocesses 2 --dist loadgroup

check: $(STAMP)  ## lint, types, import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

reliability: $(STAMP)  ## try at length what must hold when things fail
	$(BIN)/python -m tests.reliability

clean:  ## remove what was built
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find index -mindepth 1 ! -name README.md -delete
	find . -name __pycache__ -prune -exec rm -rf {} +

$(STAMP): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --upgrade --constraint constraints.txt --editable '.[dev]'
	touch $@
