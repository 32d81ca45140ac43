"""Where nothing may be skipped (PRECONSULT_REQUIRE_ALL=1, as in CI), a skipped test has failed."""

import os
from collections.abc import Generator

import pytest

REQUIRE_ALL = bool(os.environ.get("PRECONSULT_REQUIRE_ALL"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if REQUIRE_ALL and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"must not be skipped here: {report.longreprtext}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    if REQUIRE_ALL and report.skipped:
        report.outcome = "failed"
        report.longrepr = f"must not be skipped here: {report.longreprtext}"
    return report
