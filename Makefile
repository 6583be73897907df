# `make demo` and `make test` do all the set-up they need on a fresh machine.
PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin/python
READY := $(VENV)/.installed
LINT := $(VENV)/bin/ruff check . && $(VENV)/bin/ruff format --check . && $(VENV)/bin/mypy && \
  $(VENV)/bin/lint-imports && $(VENV)/bin/oxlint benchmark

.PHONY: demo test slow bench reproduce lint clean

demo: $(READY)
	$(RUN) -m benchmark run --generator st_guided_ddpm --split 10pct

# What needs no run is checked beside the tests, so that two cores have work all the time; what it
# found stands at the end.
test: $(READY)
	@found=$$(mktemp); { $(LINT); } > "$$found" 2>&1 & lint=$$!; \
	trap 'kill $$lint 2> /dev/null; rm -f "$$found"' EXIT; trap 'exit 130' INT TERM; \
	$(RUN) -m pytest -n 2 --dist worksteal; tests=$$?; \
	if wait $$lint; then echo "lint: nothing found"; \
	else tests=1; echo "lint:"; cat "$$found"; fi; exit $$tests

slow: $(READY)
	$(RUN) -m pytest -m slow

bench: $(READY)
	$(RUN) -m pytest tests/performance --benchmark-enable --benchmark-only --benchmark-json=results/timings.json
	$(RUN) -m benchmark leaderboard

# Hours: it says beforehand how many. One folder of results/reference/: make reproduce ONLY=demo
reproduce: $(READY)
	$(RUN) -m benchmark reproduce $(ONLY)

lint: $(READY)
	$(LINT)

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "error: the pinned packages need Python 3.11 or newer, '$(PYTHON)' is older: make PYTHON=..."; exit 2; }
	$(PYTHON) -m venv $(VENV)
	$(RUN) -m pip install --quiet --disable-pip-version-check -r requirements.lock
	$(RUN) -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps -e .
	touch $@

clean:
	rm -rf $(VENV) build dist *.egg-info
