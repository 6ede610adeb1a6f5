"""Runs every case against its targets, and lays the outcomes side by side."""

from __future__ import annotations

import html
import json
import os
from collections import defaultdict
from pathlib import Path

import pytest

TITLES = {"passed": "held", "failed": "FAILED", "skipped": "not applicable"}


def pytest_configure(config):
    """Make the markers known."""
    config.addinivalue_line("markers", "checks(*ids): the statements that a case checks")
    config.addinivalue_line("markers", "emulator: needs the emulator's clock, quota or faults")


def pytest_generate_tests(metafunc):
    """One run of a case for each target."""
    if "target" in metafunc.fixturenames:
        from conformance.targets import live_is_wanted

        names = ["fake", "live"] if live_is_wanted() else ["fake"]
        metafunc.parametrize("target", names, indirect=True)


@pytest.fixture(scope="session")
def live_target():
    """The live service, opened once for the run."""
    from conformance.targets import live

    yield from live()


@pytest.fixture
def target(request):
    """What the case runs against."""
    if request.param == "live":
        if request.node.get_closest_marker("emulator"):
            pytest.skip("not applicable: needs the emulator's clock, quota or faults")
        yield request.getfixturevalue("live_target")
    else:
        from conformance.targets import fake

        yield from fake()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """Remember how each statement fared on each target."""
    report = yield
    marker = item.get_closest_marker("checks")
    if marker and (report.when == "call" or report.outcome != "passed"):
        name = item.callspec.params.get("target", "") if hasattr(item, "callspec") else ""
        report.user_properties.append(("statements", [list(marker.args), name, report.outcome]))
    return report


def pytest_runtest_logreport(report):
    """Collect what the workers report."""
    for name, value in report.user_properties:
        if name == "statements":
            ids, target, outcome = value
            for statement in ids:
                COLLECTED[statement][target] = worse(COLLECTED[statement].get(target), outcome)


COLLECTED: dict[str, dict[str, str]] = defaultdict(dict)


def worse(first, second):
    """The worse of two outcomes."""
    order = ["passed", "skipped", "failed"]
    return max(filter(None, (first, second)), key=order.index)


def pytest_terminal_summary(terminalreporter, config):
    """A line for each target, and the report's files."""
    if hasattr(config, "workerinput") or not COLLECTED:
        return
    targets = sorted({name for outcomes in COLLECTED.values() for name in outcomes})
    terminalreporter.section("documented statements")
    for name in targets:
        outcomes = [outcome.get(name) for outcome in COLLECTED.values()]
        figures = ", ".join(
            f"{outcomes.count(kind)} {title}" for kind, title in TITLES.items() if kind in outcomes
        )
        terminalreporter.write_line(f"{name}: {figures}")
    folder = Path(os.environ.get("CONFORMANCE_REPORT", config.rootpath / "build" / "conformance"))
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "report.json").write_text(json.dumps(COLLECTED, indent=1, sort_keys=True))
    (folder / "report.html").write_text(page(targets), encoding="utf-8")


def page(targets):
    """The report as a page that needs nothing else."""
    from conformance.inventory import statements

    rows = []
    for name, statement in statements().items():
        cells = "".join(
            f"<td>{TITLES.get(COLLECTED.get(name, {}).get(target), 'not run')}</td>"
            for target in targets
        )
        rows.append(
            f"<tr><th>{html.escape(statement['says'])}<br><small>"
            f"{html.escape(statement['source'])}</small></th>{cells}</tr>"
        )
    head = "".join(f"<th>{target}</th>" for target in targets)
    return (
        "<!doctype html><meta charset=utf-8><title>Conformance</title>"
        "<style>body{font:1rem/1.4 system-ui;margin:2rem}th{text-align:left;font-weight:400}"
        "td,th{padding:.3rem 1rem;border-top:1px solid #ccc}</style>"
        f"<h1>Conformance</h1><table><tr><th></th>{head}</tr>{''.join(rows)}</table>"
    )
