# Two commands from a bare clone: `make reproduce` (the letter, end to end) and `make test`.
# Needs Python >= 3.11 with venv, and make; on Debian: apt-get install python3 python3-venv make.
PYTHON ?= python3
VENV ?= .venv
LOWEST ?= .venv-lowest
NEWEST ?= .venv-newest
VALIDATION ?= .validation
CHECK ?= .check
RELEASE ?= .release
LITE ?= .lite
POINTS ?= 200
SECONDS ?= 3600
MINUTES ?= 30
PAGE ?= docs/validation.md
ARGS ?=
PYTEST := -m pytest -n auto --dist loadfile $(ARGS)
# what old versions say of the newer ones beside them is not ours; pages are tested and built with the versions of constraints.txt
OLD := -W ignore::DeprecationWarning -W ignore::PendingDeprecationWarning
NO_PAGES := --ignore tests/explorer/test_explorer_browser.py --ignore tests/explorer/test_explorer_access.py --ignore tests/explorer/test_explorer_pictures.py --ignore tests/test_docs.py
BIN := $(VENV)/bin
OUT ?= reproduction

.PHONY: reproduce test lowest newest kernels mutants fuzz soak lint types validate check-data references benchmark docs lite release-check paper clean
.DEFAULT_GOAL := reproduce

reproduce: $(VENV)/.core  ## every number and the figure of the letter, beside ours
	$(BIN)/nutau reproduce --out $(OUT)

test: $(VENV)/.test  ## the test suite
	$(BIN)/python $(PYTEST)

lowest: $(LOWEST)/.installed  ## the tests with the lowest versions that pyproject.toml allows
	$(LOWEST)/bin/python $(PYTEST) $(OLD) $(NO_PAGES)

newest: $(NEWEST)/.installed  ## the tests with the newest versions there are; make newest PYTHON=python3.13
	$(NEWEST)/bin/python $(PYTEST) $(NO_PAGES)

kernels: $(VENV)/.test  ## the numerical tests with the kernels, threads and roundings of other processors
	$(BIN)/python tools/kernels.py

mutants: $(VENV)/.test  ## the tests kill wrong versions of the source: an own list; JOBS at a time, ONLY those with this in them
	PYTHONPATH=tools $(BIN)/python -m mutants $(if $(JOBS),--jobs $(JOBS)) $(if $(ONLY),--only '$(ONLY)')

lint: $(VENV)/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.test
	$(BIN)/mypy

docs: $(VENV)/.docs  ## the site, in docs/_build/html: notebooks and examples are run, a warning is an error; NUTAU_DOCS=quick leaves out the long ones
	$(BIN)/python -m sphinx --fresh-env --fail-on-warning --keep-going -q -b html -d docs/_build/doctrees docs docs/_build/html

lite: $(LITE)/.installed  ## JupyterLite with the tutorials, in docs/_build/html/lite, after `make docs`
	$(LITE)/bin/python tools/lite.py docs/_build/html/lite

fuzz: $(VENV)/.test  ## attack every entrance for SECONDS (an hour by hand, a minute in CI); SEED repeats a run
	PYTHONPATH=$(CURDIR)/tools $(BIN)/python -m fuzz --seconds $(SECONDS) $(if $(SEED),--seed $(SEED))

soak: $(VENV)/.test  ## mixed work for MINUTES: memory, descriptors and threads must not grow
	OPENBLAS_NUM_THREADS=1 $(BIN)/python tools/soak.py --minutes $(MINUTES)

validate: $(VALIDATION)/.installed  ## compare with flavio, EOS and wilson, live; writes $(PAGE); the newest EOS: PYTHON=python3.12
	OPENBLAS_NUM_THREADS=1 $(VALIDATION)/bin/python validation/run.py --points $(POINTS) --out $(PAGE)
	$(VALIDATION)/bin/python -m pytest -q validation/redist_spectrum.py

release-check: $(RELEASE)/.installed  ## build what is published, check it, install it into an empty environment; ARGS="--python python3.13 --python python3.14"
	$(RELEASE)/bin/python tools/release.py $(ARGS)

paper: $(VENV)/.test  ## the paper, its figure and the note on the letter, from the program's output
	$(BIN)/nutau plot plane --model U1 --model S3 --model VB --running full --mass 4000 --width page --out paper/figure.pdf
	$(BIN)/python tools/paper.py

check-data:  ## compare numbers with a PDG identifier, and the references, with the newest listings (downloads the package pdg)
	test -x $(CHECK)/bin/python || $(PYTHON) -m venv $(CHECK)
	$(CHECK)/bin/python -m pip install --quiet --upgrade pdg pyyaml
	$(CHECK)/bin/python tools/check_pdg.py
	$(CHECK)/bin/python tools/references.py pdg

references:  ## rebuild references.bib from INSPIRE by eprint and DOI (asks inspirehep.net)
	$(PYTHON) tools/references.py inspire

benchmark: $(VENV)/.test $(VALIDATION)/.installed  ## speed, beside flavio, wilson and EOS; writes benchmarks/RESULTS.md
	$(BIN)/python benchmarks/bench_engine.py --peer-python $(VALIDATION)/bin/python --write
	$(BIN)/python benchmarks/bench_models.py --peer-python $(VALIDATION)/bin/python --write
	$(BIN)/python benchmarks/bench_fit.py --peer-python $(VALIDATION)/bin/python --write
	$(BIN)/python benchmarks/bench_judge.py --write
	$(BIN)/python benchmarks/bench_bsll.py --write
	$(BIN)/python benchmarks/bench_reinterpretation.py --write
	$(VALIDATION)/bin/python benchmarks/bench_spectra.py --write
	$(BIN)/python benchmarks/bench_explorer.py --write
	$(BIN)/python benchmarks/bench_cluster.py --write
	$(BIN)/python benchmarks/bench_gpu.py --write
	$(BIN)/python benchmarks/bench_commands.py --write

$(VALIDATION)/.installed: pyproject.toml constraints-validation.txt
	$(PYTHON) -m venv $(VALIDATION)
	$(VALIDATION)/bin/python -m pip install --quiet --constraint constraints-validation.txt --editable '.[validation]' pytest
	touch $@

$(LOWEST)/.installed: pyproject.toml constraints-lowest.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' || \
		{ echo "the lowest versions are those of Python 3.11; say where it is: make lowest PYTHON=python3.11" >&2; exit 2; }
	$(PYTHON) -m venv $(LOWEST)
	$(LOWEST)/bin/python -m pip install --quiet --constraint constraints-lowest.txt --editable '.[test]'
	touch $@

$(NEWEST)/.installed: pyproject.toml
	$(PYTHON) -m venv $(NEWEST)
	$(NEWEST)/bin/python -m pip install --quiet --upgrade --upgrade-strategy eager --editable '.[test]'
	touch $@

$(RELEASE)/.installed: pyproject.toml
	$(PYTHON) -m venv $(RELEASE)
	$(RELEASE)/bin/python -m pip install --quiet --upgrade 'pip>=25.1'
	$(RELEASE)/bin/python -m pip install --quiet --group release
	touch $@

$(LITE)/.installed: pyproject.toml
	$(PYTHON) -m venv $(LITE)
	$(LITE)/bin/python -m pip install --quiet --upgrade 'pip>=25.1'
	$(LITE)/bin/python -m pip install --quiet --group lite
	$(LITE)/bin/python -m pip install --quiet --no-deps --editable .
	touch $@

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "nutau needs Python >= 3.11; say which with: make PYTHON=python3.12" >&2; exit 2; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.core: pyproject.toml constraints.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable .
	touch $@

$(VENV)/.test: pyproject.toml constraints.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[test]'
	touch $@ $(VENV)/.core

$(VENV)/.docs: pyproject.toml constraints.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[docs]'
	touch $@

clean:
	rm -rf $(VENV) $(LOWEST) $(NEWEST) $(VALIDATION) $(CHECK) $(RELEASE) $(LITE) $(OUT) build dist .pytest_cache .mypy_cache .ruff_cache docs/_build docs/generated
