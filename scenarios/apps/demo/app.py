"""The demo's application and its server: duels, one at a time; the tables and the proposal."""

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import BrokenExecutor, Executor
from dataclasses import asdict
from typing import Any

from fastapi import FastAPI, Response
from fastapi.responses import HTMLResponse, StreamingResponse
from markdown_it import MarkdownIt

from gateway_sim.scenarios import races
from gateway_sim.scenarios.apps.advice import advice
from gateway_sim.scenarios.apps.demo import table
from gateway_sim.scenarios.apps.demo.acts import ACTS
from gateway_sim.scenarios.apps.demo.answers import answers
from gateway_sim.scenarios.apps.demo.beside import begun
from gateway_sim.scenarios.apps.demo.choices import Pick, choices
from gateway_sim.scenarios.apps.demo.estimate import estimate
from gateway_sim.scenarios.apps.demo.stage import Stage
from gateway_sim.scenarios.apps.demo.states import over, so_far, stream
from gateway_sim.scenarios.apps.serve.problems import documented, refused
from gateway_sim.scenarios.compare.conformance.by_profile import expected
from gateway_sim.scenarios.engines.live.engine import LOOPBACK
from gateway_sim.scenarios.engines.live.servers import Servers
from gateway_sim.scenarios.report.other_statuses import HOLD_S, cells
from gateway_sim.scenarios.report.pages import render
from gateway_sim.scenarios.report.proposal import proposal, specs
from gateway_sim.scenarios.run.matrix import NAMED
from gateway_sim.scenarios.run.plans import race_plan
from gateway_sim.scenarios.run.pool import worker_pool
from gateway_sim.scenarios.run.runner import run_plans
from gateway_sim.scenarios.sim.errors import UsageError, check


def demo(stage: Stage, pool: Executor, seeds: int) -> FastAPI:
    """Return the application; `pool` plays the virtual runs, `seeds` of them for each cell of a race's table."""
    app = documented("gateway-sim demo")

    @app.get("/", response_class=HTMLResponse)
    async def read_page() -> str:
        """Return the page."""
        told = {**choices(), "acts": [act.document() for act in ACTS], "seeds": seeds}
        return render("demo.html", choices={**told, **stage.document()})

    @app.get("/duels")
    async def list_duels() -> dict[str, Any]:
        """Return the number of the duel in progress, and the choices of the last duels, newest first."""
        return stage.document()

    @app.post("/estimates", response_model=None)
    async def estimate_duel(pick: Pick) -> dict[str, Any] | Response:
        """Say how many seconds a duel of this choice will take."""
        try:
            return await estimate(pool, pick)
        except UsageError as off:
            return refused(400, "words-off", str(off))
        except BrokenExecutor as error:
            return refused(503, "no-estimate", advice(error).sentence)

    @app.post("/duels", status_code=201, response_model=None)
    async def begin(pick: Pick) -> dict[str, int] | Response:
        """Play a race under both gateways, live. Answers 409 while another duel is in progress."""
        if stage.playing:
            return refused(
                409, "already-playing", "another run is in progress: this page shows it now, and can stop it"
            )
        try:
            return {"duel": stage.begin(pick)}
        except UsageError as off:
            return refused(400, "words-off", str(off))

    @app.get("/duels/{number}/events")
    async def watch(number: int) -> StreamingResponse:
        """Send the state after each change, and `over` at the end."""
        duel = stage.duels.get(number)

        async def states() -> AsyncIterator[str]:
            if duel is None:
                yield over({"error": "the server does not have this run any more"})
                return
            async for state in duel.watch():
                yield (so_far if state["live"] else over)(state)

        return stream(states())

    @app.delete("/duels/{number}")
    async def stop(number: int) -> dict[str, str]:
        """Stop the duel if it is in progress."""
        if number == stage.playing:
            await stage.clear()
        return {"status": "stopped"}

    @app.get("/duels/{number}/timeline.html", response_model=None)
    async def read_timeline(number: int) -> Response:
        """Return the timeline of an ended duel as one HTML file."""
        page = stage.duels[number].page() if number in stage.duels else None
        if page is None:
            return refused(404, "no-timeline", "no run of this number has ended; play one")
        return HTMLResponse(page, headers={"content-disposition": "attachment; filename=timeline.html"})

    @app.get("/gateways/{name}/answers", response_model=None)
    async def read_answers(name: str) -> list[dict[str, Any]] | Response:
        """Return a gateway policy's answers on each leg while its replica does not see the route."""
        try:
            named = NAMED[check("gateway policy", name, NAMED)]
        except UsageError as off:
            return refused(404, "unknown-word", str(off))
        return [asdict(answer) for answer in answers(named.policy)]

    @app.get("/races/{name}/table")
    async def fill_table(name: str) -> StreamingResponse:
        """Play all pairs of a race in virtual time, and send the table after each change."""

        async def states() -> AsyncIterator[str]:
            try:
                async for state in table.table(pool, check("race", name, races.names()), seeds):
                    yield (so_far if state["played"] < state["runs"] else over)(state)
            except UsageError as off:
                yield over({"error": str(off)})
            except BrokenExecutor as error:
                yield over({"error": advice(error).sentence})

        return stream(states())

    @app.get("/proposal", response_class=HTMLResponse)
    async def read_proposal() -> str:
        """Return the proposal's page, which loads its text from `/proposal/text`."""
        return render("proposal.html", runs=len(specs()))

    @app.get("/proposal/text", response_class=HTMLResponse)
    async def write_proposal() -> str:
        """Write the proposal from new runs, which take about half a minute."""
        return await (await begun(pool, proposal_text))

    return app


def proposal_text() -> str:
    """Run every SDK's behaviour under today's gateway and the proposed ones; return the proposal as HTML."""
    text = proposal(list(run_plans([race_plan(spec) for spec in specs()])), expected(cells(), hold_s=HOLD_S))
    written: str = MarkdownIt("commonmark").enable("table").render(text)
    return written.replace("<table>", '<div class="scroll"><table>').replace("</table>", "</table></div>")


async def serve_demo(ready: Callable[[str], None], *, port: int, seeds: int) -> None:
    """Serve the page on 127.0.0.1 and call `ready` with its URL; a cancel stops all runs.

    Virtual runs have a process of their own.
    """
    stage, servers, pool = Stage(), Servers(LOOPBACK, {"demo": port}), worker_pool(1)
    try:
        address = await servers.serve("demo", demo(stage, pool, seeds))
        ready(f"http://{address}")
        await asyncio.Event().wait()
    finally:
        await stage.clear()
        await servers.close()
        pool.shutdown(cancel_futures=True)
