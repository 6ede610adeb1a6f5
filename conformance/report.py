"""Outcomes of a run for all targets, as text, JSON and HTML."""

from __future__ import annotations

import html
import json
import os
from collections import defaultdict
from pathlib import Path
from typing import Any

from conformance.inventory import statements

TITLES = {
    "passed": "passed",
    "failed": "FAILED",
    "xfailed": "not met yet",
    "skipped": "not applicable",
}
WORST_LAST = ["skipped", "passed", "xfailed", "failed"]
STYLE = (
    "body{font:1rem/1.4 system-ui;margin:2rem}th{text-align:left;font-weight:400}"
    "td,th{padding:.3rem 1rem;border-top:1px solid #ccc;vertical-align:top}"
)


def folder() -> Path:
    """Return the folder for reports."""
    default = Path(__file__).parent.parent / "build" / "conformance"
    return Path(os.environ.get("CONFORMANCE_REPORT", default))


def passed_before(case: str) -> bool:
    """Return whether a case passed in the last reported run."""
    path = folder() / "report.json"
    cases = json.loads(path.read_text(encoding="utf-8"))["cases"] if path.exists() else {}
    return bool(cases.get(case) == "passed")


class Outcomes:
    """Outcomes of statements and cases.

    Attributes:
        by_statement: outcome of each statement on each target.
        cases: outcome of each case.
        evidence: last requests and responses of each statement on each target.
        differences: differences between responses and cassettes, one per line.
    """

    def __init__(self) -> None:
        self.by_statement: dict[str, dict[str, str]] = defaultdict(dict)
        self.cases: dict[str, str] = {}
        self.evidence: dict[str, dict[str, Any]] = defaultdict(dict)
        self.differences: list[str] = []

    def add(self, properties: list[tuple[str, Any]]) -> None:
        """Add the report of a case."""
        reported = dict(properties)
        self.differences += reported.get("differences", [])
        if "statements" not in reported:
            return
        case, ids, target, outcome = reported["statements"]
        self.cases[case] = outcome
        for name in ids:
            before = self.by_statement[name].get(target, outcome)
            worst = max(before, outcome, key=WORST_LAST.index)
            if worst == outcome:
                self.evidence[name][target] = reported.get("exchanges", [])
            self.by_statement[name][target] = worst

    def differing(self) -> list[str]:
        """Return the statements that passed on one target and failed on another."""
        return [
            name
            for name, outcomes in self.by_statement.items()
            if {"passed", "failed"} <= set(outcomes.values())
        ]

    def targets(self) -> list[str]:
        """Return the names of the targets."""
        return sorted({name for outcomes in self.by_statement.values() for name in outcomes})

    def lines(self) -> list[str]:
        """Return the lines of the terminal summary."""
        lines = []
        for target in self.targets():
            seen = [outcomes.get(target) for outcomes in self.by_statement.values()]
            figures = [f"{seen.count(kind)} {TITLES[kind]}" for kind in TITLES if kind in seen]
            lines.append(f"{target}: {', '.join(figures)}")
        lines += [f"differs: {name}" for name in self.differing()]
        return lines + [f"differs from the cassette: {text}" for text in self.differences]

    def write(self, into: Path) -> None:
        """Write `report.json` and `report.html`."""
        into.mkdir(parents=True, exist_ok=True)
        evidence = {
            name: self.evidence[name]
            for name, outcomes in self.by_statement.items()
            if name in self.differing() or "failed" in outcomes.values()
        }
        whole = {
            "statements": self.by_statement,
            "differs": self.differing(),
            "evidence": evidence,
            "cassettes": self.differences,
            "cases": self.cases,
        }
        text = json.dumps(whole, indent=1, sort_keys=True)
        (into / "report.json").write_text(text, encoding="utf-8")
        (into / "report.html").write_text(self._page(evidence), encoding="utf-8")

    def _page(self, evidence: dict[str, Any]) -> str:
        head = "".join(f"<th>{target}</th>" for target in self.targets())
        rows = "".join(self._row(name, evidence) for name in statements())
        listed = "".join(f"<li>{html.escape(text)}</li>" for text in self.differences)
        return (
            f"<!doctype html><meta charset=utf-8><title>Conformance</title><style>{STYLE}</style>"
            f"<h1>Conformance</h1><ul>{listed}</ul><table><tr><th></th>{head}<th></th></tr>{rows}"
            "</table>"
        )

    def _row(self, name: str, evidence: dict[str, Any]) -> str:
        says, source = (html.escape(statements()[name][key]) for key in ("says", "source"))
        outcomes = self.by_statement.get(name, {})
        cells = "".join(
            f"<td>{TITLES.get(outcomes.get(target, ''), 'not run')}</td>"
            for target in self.targets()
        )
        verdict = "differs" if name in self.differing() else ""
        if name in evidence:
            shown = html.escape(json.dumps(evidence[name], indent=1))
            verdict += (
                f"<details><summary>requests and responses</summary><pre>{shown}</pre></details>"
            )
        return f"<tr><th>{says}<br><small>{source}</small></th>{cells}<td>{verdict}</td></tr>"
