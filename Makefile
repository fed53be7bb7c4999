# make claims   check every claim of the fast tier, report in reports/fast/index.html
# make test     lint, types, layers and the tests of the library itself
# make test-lowest   the library's tests with the lowest versions that pyproject.toml admits
# make example  judge examples/edge_of_stability with a wheel of this project, in a fresh environment
# make bench    measure speed against peers; results in benchmarks/results/ and docs/speed.md
# make docs     build the documentation, with its search, into build/docs
# make readme   render the reports again, and put their findings into README.md
#
# `make claims ARGS=--inconclusive=gate` fails for a verdict that is open and should not be.
# Each of them makes its own virtual environment first. On a machine with a torch of its own (a GPU
# box), `make TORCH= claims` uses that one.

PYTHON ?= python3
VENV   ?= .venv
TORCH  ?= -c constraints.txt
SITE    = $(if $(strip $(TORCH)),,--system-site-packages)
BIN     = $(VENV)/bin

JAX     = .venv-jax
LOWEST  = .venv-lowest
DOCS    = .venv-docs
EXAMPLE = .venv-example
LOWEST_PYTHON ?= $(PYTHON)
LOWEST_TOOLS = beartype pytest-timeout statsmodels
LOWEST_TESTS ?= attacks data experiments linalg models plugin probes reporting statistics \
                training verdicts
BENCHMARKS ?= tangent_kernel hessian_extremes minibatch_gradients pgd \
              convolution_singular_values seed_axis seed_axis_probes rate_grid training_speed \
              run_cost
DEVICE ?= cpu

.PHONY: claims test test-lowest lint example bench docs readme clean

claims: $(VENV)/ready
	$(BIN)/python -m pytest -m fast $(ARGS)

test: $(VENV)/ready lint
	$(BIN)/python -m pytest tests dltheory --doctest-modules

# Tests that need a GPU, a browser or Ray skip themselves there.
test-lowest: $(LOWEST)/ready
	$(LOWEST)/bin/python -m pytest $(addprefix tests/,$(LOWEST_TESTS)) $(ARGS)

lint: $(VENV)/ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright --pythonpath $(BIN)/python
	PYTHONPATH=. $(BIN)/lint-imports

bench: $(VENV)/peers $(JAX)/ready
	for name in $(BENCHMARKS); do $(BIN)/python -m benchmarks.$$name --device $(DEVICE) || exit 1; done
	$(BIN)/python -m benchmarks.table docs/speed.md README.md

example: pyproject.toml constraints.txt
	rm -rf $(EXAMPLE) build/wheel
	$(PYTHON) -m venv $(EXAMPLE)
	$(EXAMPLE)/bin/python -m pip install --quiet --upgrade pip
	$(EXAMPLE)/bin/python -m pip wheel --quiet --no-deps --wheel-dir build/wheel .
	$(EXAMPLE)/bin/python -m pip install --quiet $(TORCH) build/wheel/*.whl
	cd examples/edge_of_stability && ../../$(EXAMPLE)/bin/python -m pytest tests
	cd examples/edge_of_stability && ../../$(EXAMPLE)/bin/python -m pytest -m fast

docs: $(DOCS)/ready
	NO_MKDOCS_2_WARNING=1 $(DOCS)/bin/mkdocs build --strict --quiet
	@echo "docs: build/docs; read and search them with $(PYTHON) -m http.server -d build/docs"

readme: $(VENV)/ready
	$(BIN)/python -m dltheory.reporting reports --claims claims --readme README.md

$(VENV)/ready: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(SITE) $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet $(TORCH) --editable ".[dev]"
	touch $@

$(DOCS)/ready: pyproject.toml
	$(PYTHON) -m venv $(DOCS)
	$(DOCS)/bin/python -m pip install --quiet --upgrade pip
	$(DOCS)/bin/python -m pip install --quiet "mkdocs-material>=9.6" "mkdocstrings-python>=1.16" ruff
	touch $@

$(LOWEST)/ready: pyproject.toml constraints-lowest.txt
	$(LOWEST_PYTHON) -m venv $(LOWEST)
	$(LOWEST)/bin/python -m pip install --quiet --upgrade pip
	$(LOWEST)/bin/python -m pip install --quiet -c constraints-lowest.txt --editable . $(LOWEST_TOOLS)
	touch $@

# Peers of the benchmarks; where one cannot be installed, its rows say so.
$(VENV)/peers: $(VENV)/ready
	-$(BIN)/python -m pip install --quiet $(TORCH) --editable ".[bench]"
	touch $@

# neural-tangents needs an older NumPy than the rest, so it has an environment of its own.
$(JAX)/ready: benchmarks/neural_tangents.txt
	$(PYTHON) -m venv $(JAX)
	-$(JAX)/bin/python -m pip install --quiet -r benchmarks/neural_tangents.txt
	touch $@

clean:
	rm -rf $(VENV) $(JAX) $(LOWEST) $(DOCS) $(EXAMPLE) .pytest_cache .ruff_cache .hypothesis build *.egg-info
