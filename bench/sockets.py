"""Small requests over a socket, compared with other emulators and a minimal Flask application.

    python -m bench.sockets [--quick] [--json FILE]

Server and clients are separate processes; each server is measured in every round.
"""

from __future__ import annotations

import statistics
from contextlib import ExitStack

from bench.load import clients, rate
from bench.options import Options, run_section
from bench.rows import Row, missing
from bench.servers import (
    azurite_server,
    bare_flask_server,
    fakebox_server,
    installed,
    moto_server,
)

CLIENT_COUNTS = (1, 4)
# The name and the program of another server, and the lowest accepted ratio: the requests per second
# of the emulator, divided by those of the other server.
BARS = (("bare Flask", "", 0.6), ("moto", "moto_server", 4.0), ("Azurite", "azurite-blob", 1.0))


def small_calls(options: Options) -> list[Row]:
    """Measure every call with one and with four clients, and compare it with other servers."""
    with ExitStack() as stack:
        servers = [
            stack.enter_context(started()) for started in (fakebox_server, bare_flask_server)
        ]
        if installed("moto_server"):
            servers.append(stack.enter_context(moto_server()))
        if installed("azurite-blob"):
            servers.append(stack.enter_context(azurite_server()))
        rows = []
        for count in CLIENT_COUNTS:
            pool = stack.enter_context(clients(count))
            for name in servers[0].calls:
                figures: dict[str, list[float]] = {server.name: [] for server in servers}
                for _ in range(options.rounds + 1):
                    for server in servers:
                        found = rate(pool, count, server.calls[name], options.duration_s)
                        figures[server.name].append(found)
                rows += _rows(f"{name}, {count} client{'s'[: count - 1]}", figures)
        return rows


def _rows(what: str, figures: dict[str, list[float]]) -> list[Row]:
    # The first round is a warm-up.
    rates = {name: rounds[1:] for name, rounds in figures.items()}
    mine = rates["fakebox"]
    rows = []
    for peer, program, bar in BARS:
        if peer not in rates:
            rows.append(missing(what, f">= {bar:.3g}", program))
            continue
        ratio = statistics.median(
            ours / other for ours, other in zip(mine, rates[peer], strict=True)
        )
        rows.append(
            Row(
                what,
                f"{statistics.median(mine):.0f}/s",
                f"{peer} {statistics.median(rates[peer]):.0f}/s",
                ratio,
                f">= {bar:.3g}",
                ratio >= bar,
                {"ours": mine, "theirs": rates[peer]},
            )
        )
    return rows


if __name__ == "__main__":
    raise SystemExit(run_section(small_calls, __doc__))
