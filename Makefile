# Short names for the two commands of the README; start.py does the work.
.PHONY: run test check format

run:
	python3 start.py

test:
	python3 start.py test

check:
	python3 start.py test --quick

format:
	.venv/bin/ruff check --fix . && .venv/bin/ruff format .
