"""Small calls over a socket, beside other services' doubles and a bare Flask view.

    python -m bench.sockets [--quick] [--json FILE]

Server and clients are processes of their own; all take their turns in every round.
"""

from __future__ import annotations

import statistics
from contextlib import ExitStack

from bench.load import clients, rate
from bench.options import Options, alone
from bench.rows import Row, missing
from bench.servers import (
    azurite_server,
    bare_flask_server,
    fakebox_server,
    installed,
    moto_server,
)

CROWDS = (1, 4)
# Whose figure, what it takes to be there, and how many times as many a second ours is to be.
BARS = (("bare Flask", "", 0.6), ("moto", "moto_server", 4.0), ("Azurite", "azurite-blob", 1.0))


def small_calls(options: Options) -> list[Row]:
    """Every call by one client and by four, beside each peer."""
    with ExitStack() as stack:
        servers = [
            stack.enter_context(started()) for started in (fakebox_server, bare_flask_server)
        ]
        if installed("moto_server"):
            servers.append(stack.enter_context(moto_server()))
        if installed("azurite-blob"):
            servers.append(stack.enter_context(azurite_server()))
        rows = []
        for count in CROWDS:
            pool = stack.enter_context(clients(count))
            for name in servers[0].calls:
                figures: dict[str, list[float]] = {server.name: [] for server in servers}
                for _ in range(options.rounds + 1):
                    for server in servers:
                        found = rate(pool, count, server.calls[name], options.duration_s)
                        figures[server.name].append(found)
                rows += _judged(f"{name}, {count} client{'s'[: count - 1]}", figures)
        return rows


def _judged(what: str, figures: dict[str, list[float]]) -> list[Row]:
    # The first round warms up.
    rates = {name: rounds[1:] for name, rounds in figures.items()}
    mine = rates["fakebox"]
    rows = []
    for whose, program, bar in BARS:
        if whose not in rates:
            rows.append(missing(what, f">= {bar:.3g}", program))
            continue
        ratio = statistics.median(
            ours / other for ours, other in zip(mine, rates[whose], strict=True)
        )
        rows.append(
            Row(
                what,
                f"{statistics.median(mine):.0f}/s",
                f"{whose} {statistics.median(rates[whose]):.0f}/s",
                ratio,
                f">= {bar:.3g}",
                ratio >= bar,
                {"ours": mine, "theirs": rates[whose]},
            )
        )
    return rows


if __name__ == "__main__":
    raise SystemExit(alone(small_calls, __doc__))
