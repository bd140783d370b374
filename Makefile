# `make run` verifies every race, `make demo` opens the page, `make test` runs the tests, `make docs` builds the site. Each
# first installs into .venv what it needs, once: only tests and checks need the development tools.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RUNS := $(VENV)/.runs
STAMP := $(VENV)/.installed
SITE := $(VENV)/.site
PIP := $(BIN)/python -m pip --disable-pip-version-check install -c constraints.txt
TORCH_INSTALL ?= torch
# a file's tests share what they set up, so they stay together. One worker more than cores, because the tests of live
# worlds wait more than they compute
WORKERS ?= $(shell n=$$(nproc 2>/dev/null || echo 1); [ $$n -lt 4 ] && echo $$((n + 1)) || echo 4)
PYTEST := $(BIN)/python -m pytest -q -n $(WORKERS) --dist loadfile

# an environment of its own, with the lowest versions that pyproject.toml allows
LOWEST := .venv-lowest
ONLY_LOWEST := aioboto3>=14
RECIPES := .venv-recipes
ADAPTERS := .venv-adapters
COOKBOOK := 'tinker-cookbook[math-rl]==0.5.8' tinker==0.38.0
LOWEST_TESTS := tests/gateway_sim tests/client tests/trainer_pod tests/control_plane tests/scenarios/apps/cli

.PHONY: run demo house dist lowest pictures test test-chaos test-clients test-dist test-fuzz test-gateways test-lowest test-parity test-recipes test-sdk test-slow test-adapters audit check bench bench-others mutation mutation-sample soak clean

run: $(RUNS)
	@$(BIN)/gateway-sim verify

# a page on the live stack, until Ctrl-C
demo: $(RUNS)
	@$(BIN)/gateway-sim demo --open

# README, docs and docstrings as a site in build/site; a broken link, anchor or page without a place in the sidebar fails
.PHONY: docs
docs: $(SITE)
	@$(BIN)/python -m sphinx -q -E -a -W --keep-going -c docs/site -d build/doctrees . build/site
	@echo "open build/site/index.html"

# what is compiled is kept, whatever the environment says: tests start some hundred processes
test: export PYTHONDONTWRITEBYTECODE :=
test: $(STAMP)
	@$(PYTEST)

# what needs the published SDKs; those that are not installed are skipped, with the command that installs them
test-sdk: $(STAMP)
	@$(PYTEST) -m sdk tests/sdk

# what takes several seconds each: worlds in real time, other processes, the commands of README and docs
test-slow: $(STAMP)
	@$(PYTEST) -m slow tests

# FUZZ_N hostile requests (100,000) at every server, drawn from FUZZ_SEED (0); prints what was answered
test-fuzz: $(STAMP)
	@$(BIN)/python -m pytest -q -m fuzz tests/fuzz

# 100 clients train through a served world for SOAK_S seconds (an hour); writes the figures to docs/performance.md
soak: $(STAMP)
	@$(BIN)/python -m benchmarks soak

# the product changed in one small way after the other, and what no test notices: all of it takes hours, goes on where
# it was stopped, and writes docs/mutation.md
mutation: $(STAMP)
	@$(BIN)/python -m tests.mutation --races --into build/mutants.json --page docs/mutation.md

# MUTANTS of them (200), with their nearest tests alone: minutes; SEED draws others
mutation-sample: $(STAMP)
	@$(BIN)/python -m tests.mutation --sample $${MUTANTS:-200} --seed $${SEED:-0} --near 4 --at-least 0.9

# known vulnerabilities of the installed packages, and their licences; says it if the advisory service cannot be reached
audit: $(STAMP)
	@$(BIN)/python -m tests.packaging.audit

# parts of live runs killed at random moments, drawn by GATEWAY_SIM_CHAOS_SEED; a failed test names its strike
test-chaos: $(STAMP)
	@$(BIN)/python -m pytest -q -n $(WORKERS) -m chaos tests/chaos

# every fault in both engines, on ten seeds besides the one of the suite: many live worlds
test-parity: $(STAMP)
	@GATEWAY_SIM_PARITY_SEEDS=10 $(BIN)/python -m pytest -q -m slow tests/scenarios/faults tests/scenarios/races/test_draining_pod.py

# the pages' pictures in docs/pictures/pages, taken anew in a browser: two minutes
pictures: $(STAMP)
	@$(BIN)/python -m tests.pictures

# wheel and sdist into dist/, checked: the same files, one name, a README that renders
dist: $(STAMP)
	@$(BIN)/python -m tests.packaging.packages

# the built wheel as pip, uv and pipx install it, in a folder outside the repository
test-dist: $(STAMP)
	@$(BIN)/python -m pytest -q -m dist tests/packaging

# clients of DynamoDB that others wrote, before the endpoint with stale reads; those of Node.js are skipped without it
test-clients: $(STAMP)
	@$(BIN)/python -m pytest -q -m clients tests/dynamodb_clients

# live races of the gateways in examples/gateways; those whose tools are missing are skipped
test-gateways: $(STAMP)
	@$(BIN)/python -m pytest -q -m gateways tests/gateways

# the training loops of tinker-cookbook, in an environment of its own, in virtual time
test-recipes: $(STAMP) $(RECIPES)/.installed
	@$(BIN)/python -m pytest -q -m recipes tests/recipes

$(RECIPES)/.installed: Makefile
	@test -x $(RECIPES)/bin/python || $(PYTHON) -m venv $(RECIPES)
	@$(RECIPES)/bin/python -m pip install --quiet --disable-pip-version-check -c constraints.txt $(TORCH_INSTALL)
	@$(RECIPES)/bin/python -m pip install --quiet --disable-pip-version-check $(COOKBOOK)
	@touch $@

# systems of others as parts of stories, in an environment of their own: their pins would hold those of the project back
test-adapters: $(ADAPTERS)/.installed
	@$(ADAPTERS)/bin/python -m pytest -q -m adapters tests/adapters

$(ADAPTERS)/.installed: pyproject.toml constraints-adapters.txt
	@test -x $(ADAPTERS)/bin/python || $(PYTHON) -m venv $(ADAPTERS)
	@$(ADAPTERS)/bin/python -m pip install --quiet --disable-pip-version-check -c constraints.txt $(TORCH_INSTALL)
	@$(ADAPTERS)/bin/python -m pip install --quiet --disable-pip-version-check -c constraints-adapters.txt \
		--editable '.[orchestration,test,mlflow,dagster,iceberg]'
	@touch $@

# the packages and the command line on the lowest versions; the linters of new files are not among these
test-lowest: $(LOWEST)/.installed
	@$(LOWEST)/bin/python -m pytest -q -n auto --maxprocesses 4 --dist loadfile -k 'not linters' $(LOWEST_TESTS)
	@$(LOWEST)/bin/gateway-sim verify --json > $(LOWEST)/verify.json

$(LOWEST)/.installed: pyproject.toml constraints.txt constraints-lowest.txt
	@test -x $(LOWEST)/bin/python || $(PYTHON) -m venv $(LOWEST)
	@$(LOWEST)/bin/python -m pip install --quiet --disable-pip-version-check -c constraints.txt $(TORCH_INSTALL)
	@$(LOWEST)/bin/python -m pip install --quiet --disable-pip-version-check -c constraints-lowest.txt \
		--editable '.[orchestration,cluster,test]' '$(ONLY_LOWEST)'
	@touch $@

# writes constraints-lowest.txt anew, after a bound in pyproject.toml has changed; torch's build is not in it, because
# only the pinned version is tested, and neither are the CUDA libraries of some builds.
# click is held back: it warns of what the oldest typer imports. aioboto3 is there because it wants an older boto3
lowest: $(STAMP)
	@echo 'click<8.2' > $(VENV)/held-back.txt
	@echo '$(ONLY_LOWEST)' > $(VENV)/only-lowest.txt
	@$(BIN)/uv pip compile --quiet --resolution lowest-direct --python-version 3.11 --no-header --no-annotate \
		--extra orchestration --extra cluster --extra test --constraints $(VENV)/held-back.txt \
		--no-emit-package torch pyproject.toml $(VENV)/only-lowest.txt | sed '/^nvidia-/d; /^triton==/d' > $(VENV)/lowest.txt
	@mv $(VENV)/lowest.txt constraints-lowest.txt

# the layers, their lines, and the imports that climb: there must be none
house: $(STAMP)
	@$(BIN)/python -m tests.house

check: $(STAMP)
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(PYTEST)

# what the gateway is measured beside: mitmproxy and fastapi-proxy-lib; nginx, haproxy and wrk are the system's to install
bench-others: $(STAMP)
	@$(BIN)/python -m benchmarks.others

# under 10 minutes; writes docs/performance.json and docs/performance.md
bench: $(STAMP)
	@$(BIN)/python -m benchmarks

# torch first and pinned: what depends on it must not fetch a CUDA build by itself (docs/install.md)
$(RUNS): pyproject.toml constraints.txt $(VENV)/.torch
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "gateway-sim needs Python 3.11 or newer"; exit 1; }
	@echo "installing what runs need into $(VENV), once; a minute or two after the download"
	@test -x $(BIN)/python || { echo "1 of 3: the environment $(VENV)"; $(PYTHON) -m venv $(VENV); }
	@echo "2 of 3: torch, the largest part"
	@$(PIP) $(TORCH_INSTALL)
	@echo "3 of 3: gateway-sim and its other requirements"
	@$(PIP) --editable '.[orchestration]'
	@touch $@

$(STAMP): $(RUNS)
	@echo "installing what tests and checks need"
	@$(PIP) --editable '.[dev]'
	@touch $@

$(SITE): $(RUNS)
	@echo "installing what builds the site"
	@$(PIP) --editable '.[docs]'
	@touch $@

# another build of torch is asked for: install again
$(VENV)/.torch: always
	@mkdir -p $(VENV); echo '$(TORCH_INSTALL)' | cmp -s - $@ || echo '$(TORCH_INSTALL)' > $@

.PHONY: always

clean:
	rm -rf $(VENV) $(LOWEST) $(RECIPES) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
