"""The command line, with a part of its run struck after the n-th event of the trace.

    python -m tests.chaos.struck STRIKE JOURNAL WORD...

STRIKE is JSON: {"part": name, "how": name, "after": n}. A part that is not there yet is struck at the first event after
it has come. JOURNAL gets each event as a line of JSON at once, and a line for the strike, so that it outlives this
process.
"""

import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from gateway_sim.scenarios.apps.cli import main
from gateway_sim.scenarios.engines.live import engine, servers
from gateway_sim.scenarios.engines.live.forkserver import forks
from gateway_sim.scenarios.sim.trace import Trace
from tests.chaos.processes import children, command_line

SERVED: dict[str, Any] = {}
"""The servers in this process by the names of the world: gateway, control-plane, platform, moto."""


def processes(part: str) -> list[int]:
    """Return the processes of a part; none where it has not come yet."""
    origins = [process.pid for _, _, process in forks._origins.values()]
    keepers = [child for child in children(os.getpid()) if "keep.py" in command_line(child)]
    match part:
        case "the command":
            return [os.getpid()]
        case "the fork server":
            return origins
        case "the pod" | "the guest":
            return [fork for origin in origins for fork in children(origin)][-1:]
        case "the keeper":
            return keepers
        case "the own gateway" | "the script":
            return [child for keeper in keepers for child in children(keeper)]
        case "the table":
            return [int(os.environ["CHAOS_TABLE"])]
    raise ValueError(part)


def struck(part: str, how: str) -> bool:
    """Strike a part; return whether it was there."""
    if how == "closed":
        return closed(part)
    found = processes(part)
    for process in found:
        os.kill(process, signal.Signals[how])
    return bool(found)


def closed(part: str) -> bool:
    """Take the listening socket and the connections of a server away, as the kernel does for a dead process."""
    served = SERVED.get(part.removeprefix("the server "))
    if served is None:
        return False
    if isinstance(served, engine.ThreadedMotoServer):
        assert served._server is not None
        served._server._BaseServer__shutdown_request = True
        served._server.socket.close()
        return True
    for listening in served.servers:
        listening.close()
    servers._abort(served)
    return True


class Striker:
    """Writes the journal, and strikes once."""

    def __init__(self, part: str, how: str, after: int, journal: Path) -> None:
        self._strike, self._after = (part, how), after
        self._journal = journal.open("w", buffering=1)
        self._seen = 0
        self._done = False

    def saw(self, line: dict[str, Any]) -> None:
        """Note an event of the trace, and strike if it is time."""
        self._seen += 1
        print(json.dumps(line, default=str), file=self._journal)
        if self._seen < self._after or self._done:
            return
        # before the strike, which may end this process
        print(json.dumps({"event": "Struck", "at": self._seen}), file=self._journal)
        self._done = struck(*self._strike)


def follow(striker: Striker) -> None:
    """Let the striker see each event of the trace, and know each server."""
    emitter, serve, start = Trace.emitter, servers.Servers._serve, engine.ThreadedMotoServer.start

    def followed(trace: Trace, source: str) -> Callable[[object], None]:
        emit = emitter(trace, source)

        def seen(event: object) -> None:
            emit(event)
            entry = next(entry for entry in reversed(trace.entries) if entry.event is event)
            striker.saw(entry.document())

        return seen

    async def served(world: servers.Servers, name: str, app: Any, port: int) -> str:
        address = await serve(world, name, app, port)
        SERVED[name] = world._running[address][0]
        return address

    def started(moto: engine.ThreadedMotoServer) -> None:
        start(moto)
        SERVED["moto"] = moto

    Trace.emitter = followed  # type: ignore[method-assign]
    servers.Servers._serve = served  # type: ignore[method-assign]
    engine.ThreadedMotoServer.start = started


if __name__ == "__main__":
    follow(Striker(*json.loads(sys.argv[1]), Path(sys.argv[2])))
    main(sys.argv[3:])
