# Each target sets up .venv by itself: Python 3.11 or newer and make are all it needs.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
LOCKED := requirements/dev.txt

.PHONY: help preview run test quick check bench answers simulate year format messages lock release image clean

help: ## show this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /	/' | expand -t 10

$(VENV)/.installed: $(LOCKED) pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Daybook needs Python 3.11 or newer: set another one with PYTHON=…"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $(LOCKED)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

preview: $(VENV)/.installed ## try the bot in a browser, without a token (PORT=8080 for a certain port)
	$(BIN)/daybook preview --port $(or $(PORT),0)

run: $(VENV)/.installed ## serve in Discord; needs DISCORD_TOKEN in the environment or .env
	$(BIN)/daybook run

test: $(VENV)/.installed ## run the tests: first those that start no process, side by side
	$(BIN)/python -m pytest -m "not process" --numprocesses auto --dist worksteal
	$(BIN)/python -m pytest -m process

quick: $(VENV)/.installed ## run the tests that start no process, a part of them on each core
	$(BIN)/python -m pytest --quiet -m "not process" --hypothesis-profile quick --numprocesses auto --dist worksteal

check: $(VENV)/.installed ## check format, lint and types
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

bench: $(VENV)/.installed ## measure against bare SQLite and a bare bot at 10,000 to 1,000,000 events (10 minutes, 20 the first time; 6 GB)
	$(BIN)/python -m benchmarks --json .benchmarks/figures.json

answers: $(VENV)/.installed ## measure how often the right answer comes first, against plain SQLite (half a minute; MISSES=1 lists the others)
	$(BIN)/python -m benchmarks.answers $(if $(MISSES),--misses)

simulate: $(VENV)/.installed ## play worlds in which everything goes wrong (half an hour; SEED=7 for a certain one, MINUTES=5 for fewer)
	$(BIN)/python -m tests.simulation $(if $(SEED),--seed $(SEED),--minutes $(or $(MINUTES),29) --worlds 1000000)

year: $(VENV)/.installed ## play a year of news, with all that can go wrong (half an hour or more; DAYS=30 for fewer, SEED=7 for a certain one)
	$(BIN)/python -m tests.news_year --days $(or $(DAYS),365) --seed $(or $(SEED),7)

format: $(VENV)/.installed ## format the code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# What marks a sentence in the code; see bot/locale/language.py.
MARKS := --no-default-keywords --keyword=say --keyword=many:1,2 --keyword=Message --keyword=locale_str
messages: $(VENV)/.installed ## bring the catalogues in step with what the code says, and compile them
	$(BIN)/pybabel --quiet extract $(MARKS) --no-location --sort-output --width=120 --project=Daybook --output-file=$(VENV)/daybook.pot bot cogs
	$(BIN)/pybabel --quiet update --domain=daybook --input-file=$(VENV)/daybook.pot --output-dir=bot/locale --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date --width=120
	$(BIN)/pybabel --quiet compile --domain=daybook --directory=bot/locale

lock: $(VENV)/.installed ## pin the dependencies again, with hashes
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-annotate --no-header --python-version 3.11 pyproject.toml -o requirements/run.txt
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-annotate --no-header --python-version 3.11 --extra preview --extra dev --constraints requirements/run.txt pyproject.toml requirements/build.in -o requirements/dev.txt
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-annotate --no-header --python-version 3.11 --constraints requirements/dev.txt requirements/build.in -o requirements/build.txt

release: $(VENV)/.installed ## make a release and tag it, here alone: VERSION=0.2.0 (without: the version that the changelog names)
	$(BIN)/python -m tools.release $(VERSION)

image: ## build the container image; see tools/build-image (BASE=… pins its base)
	tools/build-image

clean: ## remove what the targets made
	rm -rf $(VENV) dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
