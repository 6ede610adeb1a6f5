"""Outcomes of a run for all targets, as text, JSON and HTML."""

from __future__ import annotations

import html
import json
import os
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from conformance.inventory import statements

# In the order of a summary.
TITLES = {
    "passed": "passed",
    "failed": "FAILED",
    "xfailed": "not met yet",
    "skipped": "not applicable",
}
NOT_RUN = "not run"
WORST_LAST = ["skipped", "passed", "xfailed", "failed"]
STYLE = """
:root{color-scheme:light dark}
body{font:1rem/1.4 system-ui;margin:2rem}
th{text-align:left;font-weight:400}
td,th{padding:.3rem 1rem;border-top:1px solid #8888;vertical-align:top}
nav{position:sticky;top:0;padding:.5rem 0;background:Canvas}
button[aria-pressed=true]{font-weight:700}
.passed{background:#2e7d3233}.failed{background:#c6282855}
.xfailed{background:#f9a82544}.skipped{background:#8883}
"""
SCRIPT = """
const rows = [...document.querySelectorAll('#statements tbody tr')];
const text = document.querySelector('input');
const buttons = [...document.querySelectorAll('button')];
let outcome = '';
function show() {
  const words = text.value.toLowerCase();
  let count = 0;
  for (const row of rows) {
    const fits = (!outcome || row.dataset.outcomes.split(' ').includes(outcome))
      && row.textContent.toLowerCase().includes(words);
    row.hidden = !fits;
    count += fits;
  }
  document.querySelector('output').textContent = `${count} of ${rows.length} statements`;
  for (const button of buttons) {
    button.setAttribute('aria-pressed', button.value === outcome);
  }
}
text.addEventListener('input', show);
for (const button of buttons) {
  button.addEventListener('click', () => { outcome = button.value; show(); });
}
show();
"""


def folder() -> Path:
    """Return the folder for reports."""
    default = Path(__file__).parent.parent / "build" / "conformance"
    return Path(os.environ.get("CONFORMANCE_REPORT", default))


def skip_if_passed_before(item: pytest.Item) -> None:
    """Skip a case that passed in the last reported run, if `CONFORMANCE_RESUME` is set."""
    if os.environ.get("CONFORMANCE_RESUME") and _passed_before(item.nodeid):
        item.user_properties.append(("resumed", True))
        pytest.skip("passed in the previous run")


def _passed_before(case: str) -> bool:
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
        notes: lines about the whole run, such as why there are no live cases.
    """

    def __init__(self) -> None:
        self.by_statement: dict[str, dict[str, str]] = defaultdict(dict)
        self.cases: dict[str, str] = {}
        self.evidence: dict[str, dict[str, Any]] = defaultdict(dict)
        self.differences: list[str] = []
        self.notes: list[str] = []

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
            if "passed" in outcomes.values() and {"failed", "xfailed"} & set(outcomes.values())
        ]

    def targets(self) -> list[str]:
        """Return the names of the targets."""
        return sorted({name for outcomes in self.by_statement.values() for name in outcomes})

    def totals(self) -> dict[str, dict[str, int]]:
        """Return the number of statements for each target and outcome."""
        totals = {}
        for target in self.targets():
            seen = [outcomes.get(target) for outcomes in self.by_statement.values()]
            totals[target] = {kind: seen.count(kind) for kind in TITLES if kind in seen}
        return totals

    def lines(self) -> list[str]:
        """Return the lines of the terminal summary."""
        lines = []
        for target, totals in self.totals().items():
            figures = [f"{count} {TITLES[kind]}" for kind, count in totals.items()]
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
            "totals": self.totals(),
            "statements": self.by_statement,
            "notes": [self._extent(), *self.notes],
            "differs": self.differing(),
            "evidence": evidence,
            "cassettes": self.differences,
            "cases": self.cases,
        }
        text = json.dumps(whole, indent=1, sort_keys=True)
        (into / "report.json").write_text(text, encoding="utf-8")
        (into / "report.html").write_text(self._page(evidence), encoding="utf-8")

    def _page(self, evidence: dict[str, Any]) -> str:
        head = "".join(f"<th>{html.escape(target)}</th>" for target in self.targets())
        rows = "".join(self._row(name, evidence) for name in statements())
        lines = [self._extent(), *self.notes, *self.differences]
        listed = "".join(f"<li>{html.escape(text)}</li>" for text in lines)
        return (
            "<!doctype html><html lang=en><meta charset=utf-8>"
            f"<title>Conformance</title><style>{STYLE}</style>"
            f"<h1>Conformance</h1><ul id=notes>{listed}</ul>{self._totals()}{_FILTER}"
            f"<table id=statements><thead><tr><th>statement</th>{head}<th></th></tr></thead>"
            f"<tbody>{rows}</tbody></table><script>{SCRIPT}</script></html>"
        )

    def _extent(self) -> str:
        """Return how many statements have an outcome: a run may be one of some cases only."""
        count = len(self.by_statement.keys() & statements().keys())
        checkable = sum("reason" not in statement for statement in statements().values())
        return f"{count} of {checkable} statements that a program can check have an outcome"

    def _totals(self) -> str:
        head = "".join(f"<th>{title}</th>" for title in TITLES.values())
        rows = "".join(
            f"<tr><th>{html.escape(target)}</th>"
            + "".join(f"<td class={kind}>{totals.get(kind, 0)}</td>" for kind in TITLES)
            + "</tr>"
            for target, totals in self.totals().items()
        )
        return f"<table id=totals><thead><tr><th></th>{head}</tr></thead>{rows}</table>"

    def _row(self, name: str, evidence: dict[str, Any]) -> str:
        statement = statements()[name]
        says, source = (html.escape(statement[key]) for key in ("says", "source"))
        outcomes = self.by_statement.get(name, {})
        cells = "".join(
            f"<td class={outcomes.get(target, '') or 'none'}>"
            f"{TITLES.get(outcomes.get(target, ''), NOT_RUN)}</td>"
            for target in self.targets()
        )
        verdict = html.escape(f"no case: {statement['reason']}") if "reason" in statement else ""
        verdict += "differs" if name in self.differing() else ""
        if name in evidence:
            shown = html.escape(json.dumps(evidence[name], indent=1))
            verdict += (
                f"<details><summary>requests and responses</summary><pre>{shown}</pre></details>"
            )
        found = " ".join(sorted(set(outcomes.values()))) or "none"
        return (
            f'<tr id="{html.escape(name)}" data-outcomes="{found}">'
            f"<th>{says}<br><small>{source}</small></th>{cells}<td>{verdict}</td></tr>"
        )


_FILTER = (
    "<nav><input type=search aria-label=filter placeholder=filter> "
    + "".join(
        f'<button type=button value="{kind}">{title}</button> '
        for kind, title in {"": "all", **TITLES, "none": NOT_RUN}.items()
    )
    + "<output></output></nav>"
)
