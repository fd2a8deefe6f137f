# `make demo` shows it, `make test` proves it; each makes the virtual environment first where there is none.

PYTHON ?= python3
VENV := .venv
INSTALLED := $(VENV)/.installed

.PHONY: demo test install clean

demo: install
	$(VENV)/bin/veille demo

test: install
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	$(VENV)/bin/pytest

install: $(INSTALLED)

# Compiled here, no start compiles again, whatever the environment says.
$(INSTALLED): pyproject.toml constraints.txt
	test -x $(VENV)/bin/python || $(PYTHON) -m venv $(VENV)
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	$(VENV)/bin/python -m compileall -q veille flows
	touch $@

clean:
	rm -rf $(VENV) data/demo
