# make claims   check every claim of the fast tier, report in reports/fast/index.html
# make test     lint, types, layers and the tests of the library itself
# make readme   put the verdicts of reports/ into the table of README.md
#
# `make claims ARGS=--inconclusive=fail` fails for a verdict that is open and should not be.
# Each of them makes its own virtual environment first. On a machine with a torch of its own (a GPU
# box), `make TORCH= claims` uses that one.

PYTHON ?= python3
VENV   ?= .venv
TORCH  ?= -c constraints.txt
SITE    = $(if $(strip $(TORCH)),,--system-site-packages)
BIN     = $(VENV)/bin

.PHONY: claims test lint readme clean

claims: $(VENV)/ready
	$(BIN)/python -m pytest -m fast $(ARGS)

test: $(VENV)/ready lint
	$(BIN)/python -m pytest tests dltheory --doctest-modules

lint: $(VENV)/ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright --pythonpath $(BIN)/python
	PYTHONPATH=. $(BIN)/lint-imports

readme: $(VENV)/ready
	$(BIN)/python -m dltheory.reporting reports --readme README.md

$(VENV)/ready: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(SITE) $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet $(TORCH) --editable ".[dev]"
	touch $@

clean:
	rm -rf $(VENV) .pytest_cache .ruff_cache .hypothesis build *.egg-info
