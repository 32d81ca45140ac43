# Every target says what it does: `make help`. The work is in deploy/.
PYTHON ?= python3
DESK := frontdesk/.venv/bin
.DEFAULT_GOAL := help
.PHONY: run install train test check format shell nlu-report safety-report conversations dialogue-report crash-test lock bench clean help

run: ## start everything: install and train as needed, then the three processes; Ctrl-C stops them
	@$(PYTHON) -m deploy run

install: ## build both environments from their locks, as far as something changed
	@$(PYTHON) -m deploy install

train: ## train the assistant, if its data, wording or code changed
	@$(PYTHON) -m deploy train

test: ## run every test; says what it skips and how to get it
	@$(PYTHON) -m deploy test

check: ## format, lint, types, import rules, the assistant's data, the documentation
	@$(PYTHON) -m deploy check

format: install ## write the code in the project's format, and mend what can be mended by itself
	@$(DESK)/ruff format .
	@$(DESK)/ruff check --fix .

shell: ## talk to the assistant in this terminal, effects included
	@$(PYTHON) -m deploy shell

nlu-report: train ## how well the assistant understands: accuracy by label, confusions, pictures in var/reports/
	@for set in everyday evaluation; do echo "$$set.jsonl:"; \
		.venv/bin/python -W ignore -m assistant.evaluate --report \
		--input tests/assistant/$$set.jsonl --pictures "$${VAR_DIR:-var}/reports/$$set"; done

conversations: train ## whole talks with the running assistant; of each that fails, what was said
	@.venv/bin/python -W ignore -m pytest -q --no-header --tb=short tests/conversations

dialogue-report: train ## simulated patients who book: how many reach the right end, and who did not
	@.venv/bin/python -W ignore -m tests.dialogues.report

safety-report: train ## emergencies found and missed, false alarms, own cases answered, on messages set apart
	@.venv/bin/python -W ignore -m assistant.safety_report tests/safety/held_out.jsonl tests/safety/clinical.jsonl

crash-test: install ## 1,000 kills, 1,000 cut connections and 500 takeovers on each database; hours
	@$(DESK)/python -m tests.crash

lock: ## write both locks again after a change in a pyproject.toml
	@$(PYTHON) -m deploy lock

bench: ## say how to run each of the measurements in benchmarks/
	@$(PYTHON) -m deploy bench

clean: ## delete environments, models and caches; never var/
	@rm -rf .venv frontdesk/.venv .tools .build.lock .rasa .mypy_cache .ruff_cache .pytest_cache
	@find models -mindepth 1 ! -name README.md -delete
	@find . -name __pycache__ -prune -exec rm -rf {} +

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
