"""`gateway-sim replay`: play a saved world again, and compare the results."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from gateway_sim.scenarios.apps.cli.document import printed
from gateway_sim.scenarios.apps.cli.files import check_trace, events_beside, trace_written
from gateway_sim.scenarios.apps.cli.options import Json, TraceFile
from gateway_sim.scenarios.apps.cli.screen import screen


def replay_file(
    file: Annotated[Path, typer.Argument(help="A file that `gateway-sim explore` wrote.")],
    trace: TraceFile = None,
    as_json: Json = False,
) -> None:
    """Play a saved world again; exit 0 if verdict and digest equal those of the file, 1 if not."""
    from rich.console import Console
    from rich.text import Text

    from gateway_sim.scenarios.report.tables import run_card
    from gateway_sim.scenarios.search.explore.execute import play_world
    from gateway_sim.scenarios.search.explore.replay_file import read_replay

    check_trace(trace)
    if trace and file.resolve() in (trace.resolve(), events_beside(trace).resolve()):
        raise typer.BadParameter(f"--trace {trace}: that would overwrite {file}; name another file")
    saved = read_replay(file)
    said = Console(stderr=True)
    said.print(f"replaying {file}: client {saved.search.client}, gateway {saved.search.gateway}", style="dim")
    result = replace(play_world(saved.search, saved.world), replay=f"gateway-sim replay {file}")
    same = saved.agrees(result)
    if as_json:
        expected = {"verdict": saved.verdict, "promise": saved.promise, "digest": saved.digest}
        printed("replay", {**result.document(), "world": saved.world.document(), "saved": expected, "same": same})
    else:
        out = screen()
        out.print(run_card(result), crop=False)
        words = f"the same as was saved: {saved.verdict}, digest {saved.digest}"
        out.print(Text(words, "green") if same else Text(f"NOT {words}; the code has changed since", "bold red"))
    if trace:
        trace_written(trace, result.trace)
    raise typer.Exit(0 if same else 1)
