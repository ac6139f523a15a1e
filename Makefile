# make show: watch a show run, on a fresh machine, without root. make test: everything a change must pass.

SHEET ?= cuesheets/corner-shop.yaml
VENV = .venv/bin/python
PIP = $(VENV) -m pip --disable-pip-version-check
LOCKED = -c requirements.lock

.PHONY: show test unit lint bench bench-page bench-peers kernel-test lock clean

show: .venv/run
	@.venv/bin/showctl run $(SHEET) --rig

test: .venv/test .venv/node
	.ci/packages
	$(MAKE) --no-print-directory lint
	$(VENV) -m pytest -m "not kernel"

unit: .venv/test
	$(VENV) -m pytest -m "not peers and not kernel"

lint: .venv/test
	.venv/bin/ruff check .
	.venv/bin/mypy
	.venv/bin/lint-imports

bench: .venv/test
	$(VENV) -m tests.bench

bench-page: .venv/test
	$(PIP) install --quiet $(LOCKED) --group bench
	$(VENV) -m tests.bench --write docs/bench.md

# Other people's programs for the benchmark, each away from our own packages. OLA and QLC+ are Debian's: ola, qlcplus.
bench-peers: .venv/run
	python3 -m venv .venv/peers/pyartnet
	.venv/peers/pyartnet/bin/pip install --quiet pyartnet python-osc
	npm install --no-audit --no-fund --prefix .venv/peers/node-red node-red node-red-contrib-osc

kernel-test: .venv/test
	tests/kernel/run

# The same versions on every Python from 3.11 to 3.13; look at the diff before you commit it.
lock: .venv/test
	$(PIP) install --quiet uv
	.venv/bin/uv pip compile pyproject.toml --universal --python-version 3.11 --upgrade --quiet \
		--extra broker --extra dask --extra midi --group dev --group bench --no-header --no-annotate --no-emit-index-url -o requirements.lock

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

# python-rtmidi has no wheel for Python 3.13: without one, real MIDI ports wait for a compiler; the rig needs none.
.venv/run: pyproject.toml requirements.lock
	.ci/venv
	@echo "Setting up .venv: about a minute, once."
	@$(PIP) install --quiet $(LOCKED) --editable '.[broker]'
	@$(PIP) install --quiet $(LOCKED) --only-binary python-rtmidi python-rtmidi 2>/dev/null \
		|| echo "No python-rtmidi wheel for this Python: real MIDI ports need 'pip install showctl[midi]' and a compiler."
	@touch $@

.venv/test: .venv/run
	$(PIP) install --quiet 'pip>=25.1'
	$(PIP) install --quiet $(LOCKED) --group dev
	@touch $@

.venv/node: .venv/test tests/peers/node/package-lock.json .ci/node
	.ci/node
	@touch $@
