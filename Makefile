# One command each; the environment is prepared first, and at once if it is ready.
PYTHON ?= python3
VENV ?= .venv
PY = $(VENV)/bin/python

.DEFAULT_GOAL := help
.PHONY: help run test lint pictures bench bench-training statistics protocol runner parity fuzz fuzz-formats storm style-sheets constraints clean environment

help:
	@echo "make run     open the window (without a display: compare the backends in the terminal)"
	@echo "make test    run the tests; ARGS='-k drawing' picks some of them"
	@echo "make lint    check style, types and layers"
	@echo "make pictures   take the pictures in docs/pictures; DATA=FOLDER names MNIST's files"
	@echo "make bench   measure the figures of docs/benchmarks.md; DATA=FOLDER names MNIST's files, PEN_DIGITS=FILE the pen digits, MODELS=FOLDER models to import"
	@echo "make bench-training   train twice and compare the files, which takes minutes"
	@echo "make style-sheets   draw the styles of handwriting that networks learn, and what else is made for training, into build/styles"
	@echo "make statistics   how often verdicts and intervals are right, and whether saved files survive kills; ARGS=--quick is short"
	@echo "make protocol   write the protocol's tables to the C runners' header and to docs/protocol.md"
	@echo "make runner  cross-compile the C runners for every system into resources/runner; ARGS=--check compares instead"
	@echo "make parity  compare the native runner with PyTorch, bit for bit, and installed engines; DATA=FOLDER names MNIST's files, ARGS=--quick is short"
	@echo "make fuzz    feed the native runner hostile streams under sanitizers for half an hour; SECONDS=60 is short"
	@echo "make fuzz-formats   import 1,000 hostile files of each format, and 30 through the process that imports; CASES=100 is short"
	@echo "make storm   unplug two test phones 200 times and kill adb's server 40 times, for a quarter of an hour; CASES=500 is short"
	@echo "make constraints   ask for the hashes of the packages that constraints.txt pins, and write them to constraints/"
	@echo "make clean   remove the environment and everything that was built"

environment:
	@command -v $(PYTHON) >/dev/null || { echo "mnist-bench needs Python 3.11 or later: sudo apt-get install python3-venv" >&2; exit 1; }
	@$(PYTHON) tools/bootstrap.py --venv $(VENV)

run: environment
	@$(PY) -m mnist_bench

# The tests' windows are drawn in memory, wherever they run.
test: export QT_QPA_PLATFORM ?= offscreen
test: environment
	@$(PY) -m pytest $(ARGS)

lint: environment
	$(PY) -m ruff check
	$(PY) -m ruff format --check
	$(PY) -m mypy
	$(VENV)/bin/lint-imports
	$(PY) -m tools.protocol_tables --check

pictures: environment
	@$(PY) -m tools.screenshots docs/pictures --docs $(if $(DATA),--data "$(DATA)")

BENCH_DATA = $(if $(DATA),--data "$(DATA)") $(if $(PEN_DIGITS),--pen-digits "$(PEN_DIGITS)") \
	$(if $(MODELS),--models "$(MODELS)")

bench: environment
	@$(PY) -m benchmarks $(BENCH_DATA) $(ARGS)

# How well verdicts, intervals and saved files can be believed; an hour with nothing else running.
STATISTICS = interval_coverage noisy_comparisons real_comparisons repeated_commands kills

statistics: environment
	@$(PY) -m benchmarks $(STATISTICS) $(ARGS)

bench-training: environment
	@$(PY) -m benchmarks retraining $(BENCH_DATA) $(ARGS)

style-sheets: environment
	@$(PY) -m tools.style_sheets build/styles $(if $(DATA),--data "$(DATA)") $(if $(PEN_DIGITS),--pen-digits "$(PEN_DIGITS)")

protocol: environment
	@$(PY) -m tools.protocol_tables

# Installs its compiler the first time; a system's own library takes the compiler about a minute, once.
runner: environment
	@$(PY) -m tools.build_runner $(ARGS)

parity: environment
	@$(PY) -m tools.parity $(if $(DATA),--data "$(DATA)") $(ARGS)

fuzz: environment
	@$(PY) -m tools.fuzz $(if $(SECONDS),--seconds $(SECONDS)) $(ARGS)

# What `make test` runs with fewer cases where MNIST_BENCH_CASES says so, as in CI.
fuzz-formats: export MNIST_BENCH_CASES = $(or $(CASES),1000)
fuzz-formats: environment
	@$(PY) -m pytest --quiet -k "hostile or damaged" tests/formats $(ARGS)

# What `make test` runs with fewer unplugs: one for each 25 of MNIST_BENCH_CASES.
storm: export MNIST_BENCH_CASES = $(or $(CASES),5000)
storm: export QT_QPA_PLATFORM ?= offscreen
storm: environment
	@$(PY) -m pytest --quiet -s --timeout 3600 tests/gui/devices/test_storm.py $(ARGS)

constraints: environment
	@$(PY) -m tools.constraints

clean:
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
