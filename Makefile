# make run        the whole portal on this machine (PORT=8080 chooses the port)
# make dev        the same for a developer: changed code, templates and style sheets are used at once, errors are shown
# make test       everything that the check runs (ARGS="tests/pilots -k draft" gives pytest its arguments, runs it alone)
# make check      all of it but the tests
# make manage     a command of manage.py on the data of make run (ARGS="import_reference")
# make hostile    every hostile value in every field of every form, each shown back (make test sends a sample)
# make axe        axe on every page in three languages, and its width at 320 pixels (make test: one language for each reader)
# make faults     every fault that reminders and mail must stand, with real processes (RELAY=no, KILLS=1000; ARGS="smtp")
# make histories  random histories against a model of what is true, random worlds rehearsed (RUNS, STEPS, HISTORIES)
# make crawl      every page of the reference data in three languages on four days: nothing untrue, no dead end
# make walks      random walks over the forms, by posts and in Chromium (POSTS, WALKS, SEED); nothing typed is lost
# make bench      the measurements (PILOTS="17 1000 10000"; ARGS="pages" for one part: small, pages, searches, writes, mail)
# make profile    where the time of one page goes, on the data of make run (PAGE=/fi/pilotit/; ARGS="--as EMAIL")
# make siege      the worst hours of a deadline day, with nginx and real web workers (ARGS="flood", PILOTS, WINDOWS, GUESSES, SECONDS)
# make lock       the lock files anew from pyproject.toml (needs the package index)

SHELL := bash
.SHELLFLAGS := -eo pipefail -c
.PHONY: axe help run dev manage test check hostile faults histories crawl bench profile siege lock walks
VENV := .venv
PY := $(VENV)/bin/python
# Stamp files: touching $(PY) itself would follow a link to the system's Python.
RUN := $(VENV)/.run-installed
TEST := $(VENV)/.test-installed

help:
	@sed -n 's/^# \(make \)/\1/p' Makefile

run: $(RUN)
	@$(PY) -m registry.embedded.run

dev: $(RUN)
	@$(PY) -m registry.embedded.run --dev

manage: $(TEST)
	@$(PY) -m registry.embedded.manage $(ARGS)

test: $(TEST)
	@$(PY) -m registry.embedded.test $(ARGS)

check: $(TEST)
	@$(PY) -m registry.embedded.test --check

hostile: $(TEST)
	@HOSTILE=all $(PY) -m registry.embedded.test tests/test_hostile.py tests/test_shown_back.py $(ARGS)

axe: $(TEST)
	@AXE=all $(PY) -m registry.embedded.test tests/browser/test_every_page.py -q $(ARGS)

faults: $(TEST)
	@RELAY=$(RELAY) KILLS=$(KILLS) $(PY) -m tests.faults $(ARGS)

histories: $(TEST)
	@RUNS=$(RUNS) STEPS=$(STEPS) HISTORIES=$(HISTORIES) SEED=$(SEED) $(PY) -m tests.faults.histories

crawl: $(TEST)
	@$(PY) -m registry.embedded.test --crawl

walks: $(TEST)
	@WRITERS=32 SAVES=32 POSTS=$(or $(POSTS),900) WALKS=$(or $(WALKS),100) SEED=$(SEED) $(PY) -m registry.embedded.test tests/browser/walks tests/pilots/test_lost_updates.py -q -s $(ARGS)

bench: $(TEST)
	@PILOTS="$(PILOTS)" $(PY) -m registry.embedded.test --bench $(ARGS)

profile: $(TEST)
	@$(PY) -m registry.embedded.manage profile_page $(or $(PAGE),/fi/pilotit/) $(ARGS)

siege: $(TEST)
	@PILOTS=$(PILOTS) WINDOWS=$(WINDOWS) GUESSES=$(GUESSES) SECONDS=$(SECONDS) $(PY) -m registry.embedded.test --siege $(ARGS)

$(PY):
	@for python in python3 python3.14 python3.13 python3.12 python3.11; do \
	  if $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	    echo "Making a virtual environment in $(VENV) with $$($$python --version) …"; \
	    $$python -m venv $(VENV) && exit 0; \
	    rm -rf $(VENV); echo "$$python could not make a virtual environment (on Debian: apt-get install python3-venv)."; exit 1; \
	  fi; \
	done; \
	echo "Python 3.11 or newer is needed and was not found."; exit 1

# A lock names every package: nothing is resolved, so what the index publishes later changes nothing. What pip says is
# shown only where it fails.
define install
@echo "Installing $$(grep -c == $<) packages from $< …"
@log=$$(mktemp) && trap 'rm -f "$$log"' EXIT && pip="$(PY) -m pip --disable-pip-version-check" && \
{ $$pip install --progress-bar off --no-deps --only-binary :all: --require-hashes -r $< && $$pip check; } >"$$log" 2>&1 || \
{ cat "$$log"; exit 1; }
endef

$(RUN): requirements/run.lock | $(PY)
	$(install)
	@touch $@

$(TEST): requirements/test.lock | $(PY)
	$(install)
	@touch $@ $(RUN)

lock:
	@folder=$$(mktemp -d) && trap 'rm -rf "$$folder"' EXIT && python3 -m venv "$$folder" && \
	"$$folder/bin/pip" install -q --disable-pip-version-check uv && \
	for set in production run test; do \
	  case $$set in production) extras="";; run) extras="--extra run";; test) extras="--extra run --extra test";; esac; \
	  "$$folder/bin/uv" pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
	    --no-emit-index-url $$extras pyproject.toml -o requirements/$$set.lock && echo "requirements/$$set.lock"; \
	done
