"""The command line, with a part of its live run struck after the n-th event of the trace.

    python -m tests.chaos.struck PLAN JOURNAL WORD...

PLAN is a JSON list of {"after": n, "part": name, "how": name}. JOURNAL gets each event as a line of JSON at once, so
that it outlives this process. A part that is not there yet is struck at the first event after it has come.
"""

import json
import os
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from gateway_sim.scenarios.apps.cli import main
from gateway_sim.scenarios.engines.live import engine, servers
from gateway_sim.scenarios.engines.live.forkserver import forks
from gateway_sim.scenarios.sim.trace import Trace
from tests.chaos.processes import children

SERVED: dict[str, Any] = {}
"""The uvicorn servers of the world by their names, and moto's."""


def processes(part: str) -> list[int]:
    """Return the processes of a part; none where it has not come yet."""
    origins = [process.pid for _, _, process in forks._origins.values()]
    match part:
        case "command":
            return [os.getpid()]
        case "fork-server":
            return origins
        case "pod":
            return [pod for origin in origins for pod in children(origin)][-1:]
        case "others":
            return [child for child in children(os.getpid()) if child not in origins]
        case _:
            raise ValueError(part)


def strike(part: str, how: str) -> bool:
    """Strike a part; return whether it was there."""
    if how == "closed":
        return close(part)
    found = processes(part)
    for process in found:
        os.kill(process, signal.Signals[how])
    return bool(found)


def close(part: str) -> bool:
    """Take the listening socket of a server away, and reset its connections, as the kernel does for a dead process."""
    served = SERVED.get(part)
    if served is None:
        return False
    if part == "moto":
        # its thread serves no more
        server = served._server
        if server is None:
            return False
        threading.Thread(target=server.shutdown, daemon=True).start()
        server.socket.close()
        return True
    for listening in served.servers:
        listening.close()
    servers._abort(served)
    return bool(served.servers)


class Striker:
    """Writes the journal, and strikes as planned."""

    def __init__(self, plan: list[dict[str, Any]], journal: Path) -> None:
        self._plan = plan
        self._journal = journal.open("w", buffering=1)
        self._seen = 0

    def saw(self, line: dict[str, Any]) -> None:
        """Note an event of the trace."""
        self._seen += 1
        print(json.dumps(line, default=str), file=self._journal)
        while self._plan and self._seen >= self._plan[0]["after"]:
            struck = self._plan[0]
            print(json.dumps({"struck": struck["part"], "how": struck["how"]}), file=self._journal)
            if not strike(struck["part"], struck["how"]):
                return
            self._plan.pop(0)


def follow(striker: Striker) -> None:
    """Let the striker see each event of each trace, and know each server."""
    emitter = Trace.emitter

    def followed(trace: Trace, source: str) -> Callable[[object], None]:
        emit = emitter(trace, source)

        def seen(event: object) -> None:
            emit(event)
            striker.saw(trace.entries[-1].document() if trace.entries[-1].event is event else {"event": "unordered"})

        return seen

    def noted(world: servers.Servers, name: str, app: Any, port: int) -> Any:
        async def serving() -> str:
            address = await serve(world, name, app, port)
            SERVED[name] = world._running[address][0]
            return address

        return serving()

    def moto(self: Any) -> None:
        start(self)
        SERVED["moto"] = self

    serve, start = servers.Servers._serve, engine.ThreadedMotoServer.start
    Trace.emitter = followed  # type: ignore[method-assign]
    servers.Servers._serve = noted  # type: ignore[method-assign, assignment]
    engine.ThreadedMotoServer.start = moto


if __name__ == "__main__":
    follow(Striker(json.loads(sys.argv[1]), Path(sys.argv[2])))
    main(sys.argv[3:])
