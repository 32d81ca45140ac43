"""The long campaigns: `make crash-test`, or with other numbers:

frontdesk/.venv/bin/python -m tests.crash --kills 1000 --cut 1000 --races 500 --seed 1

Runs on SQLite and, where one can be started or `TEST_POSTGRESQL_URL` names one, on PostgreSQL with
two front desks. The server that it starts writes to disk as a real one does.
"""

import argparse
import asyncio
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from deploy import postgresql
from tests.crash import campaign, checker
from tests.frontdesk.conftest import new_database


def main() -> int:
    """Run on each database, and judge; status 1 where a promise was broken."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--kills", type=int, default=1_000)
    parser.add_argument("--cut", type=int, default=1_000)
    parser.add_argument("--races", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", choices=("sqlite", "postgresql"))
    options = parser.parse_args()
    broken = 0
    for kind in ("sqlite", "postgresql"):
        if options.only in (None, kind):
            broken += _on(kind, options)
    return 1 if broken else 0


def _on(kind: str, options: argparse.Namespace) -> int:
    folder = Path(tempfile.mkdtemp(prefix=f"preconsult-crash-{kind}-"))
    with _database(kind, folder) as url:
        plan = campaign.Plan(
            database=url,
            folder=folder,
            kills=options.kills,
            cut=options.cut,
            races=options.races,
            desks=1 if kind == "sqlite" else 2,
            seed=options.seed,
        )
        print(f"{kind}, {plan.desks} front desk(s), log in {folder} …", flush=True)
        started = time.monotonic()
        happened = asyncio.run(campaign.run(plan))
    minutes = (time.monotonic() - started) / 60
    print(f"{happened.kills} kills, {happened.cut} connections cut, {happened.races} times staff")
    print(f"stepped in, in {minutes:.0f} minutes; kills by point: {happened.by_point}")
    return checker.main([str(folder / "history.jsonl")])


@contextmanager
def _database(kind: str, folder: Path) -> Iterator[str]:
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'frontdesk.db'}"
        return
    with (
        postgresql.temporary(os.environ, fast=False) as environment,
        new_database(environment[postgresql.SETTING]) as url,
    ):
        yield url


if __name__ == "__main__":
    sys.exit(main())
