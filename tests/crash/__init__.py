"""Kills, cuts and races against real processes, and a checker that judges what became of it all.

`python -m tests.crash --help`; docs/reliability.md has the results.
"""
