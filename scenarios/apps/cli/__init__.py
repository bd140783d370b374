"""The command line `gateway-sim`. Each command imports slow libraries only when it runs, so `--help` is quick."""

import signal
import sys
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer

from gateway_sim.scenarios.apps.advice import INTERRUPTED, advice, of_words
from gateway_sim.scenarios.apps.cli.choices import Listing
from gateway_sim.scenarios.apps.cli.conformance import conformance
from gateway_sim.scenarios.apps.cli.contract import hold_to_the_contract
from gateway_sim.scenarios.apps.cli.demo import serve_demo_page
from gateway_sim.scenarios.apps.cli.dynamodb import serve_dynamodb
from gateway_sim.scenarios.apps.cli.enumerate import enumerate_orders
from gateway_sim.scenarios.apps.cli.explain import explain
from gateway_sim.scenarios.apps.cli.explore import explore_worlds
from gateway_sim.scenarios.apps.cli.fault import inject_fault
from gateway_sim.scenarios.apps.cli.fleet import play_fleet
from gateway_sim.scenarios.apps.cli.import_log import import_log
from gateway_sim.scenarios.apps.cli.judge import judge_log
from gateway_sim.scenarios.apps.cli.listing import list_all
from gateway_sim.scenarios.apps.cli.mutants import play_mutants
from gateway_sim.scenarios.apps.cli.nearest import Nearest
from gateway_sim.scenarios.apps.cli.new import write_new
from gateway_sim.scenarios.apps.cli.parity import parity
from gateway_sim.scenarios.apps.cli.proposal import write_proposal
from gateway_sim.scenarios.apps.cli.replay import replay_file
from gateway_sim.scenarios.apps.cli.run import run_race
from gateway_sim.scenarios.apps.cli.schema import schema
from gateway_sim.scenarios.apps.cli.sdk import sdk_app
from gateway_sim.scenarios.apps.cli.sdk_install import install
from gateway_sim.scenarios.apps.cli.sdk_surface import surface
from gateway_sim.scenarios.apps.cli.sdk_survey import survey
from gateway_sim.scenarios.apps.cli.serve import serve_world
from gateway_sim.scenarios.apps.cli.stories import play_stories
from gateway_sim.scenarios.apps.cli.streams import prepare_streams
from gateway_sim.scenarios.apps.cli.tournament import play_tournament
from gateway_sim.scenarios.apps.cli.verify import verify_all
from gateway_sim.scenarios.apps.cli.warmup import warm_up_adequacy
from gateway_sim.scenarios.sim.plugins import add_folder
from gateway_sim.scenarios.sim.renamed import current


def _print_version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        print(f"gateway-sim {version('gateway-sim')}")
        raise typer.Exit


app = typer.Typer(
    cls=Nearest,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_enable=False,
    help="Race a training platform's gateway against its route table, and see which fix holds.",
    epilog="Anywhere in a command: --debug shows the traceback of an error; --plugins PATH adds the races, promises, "
    "faults and policies of a folder of yours, and may be repeated.",
)


@app.callback()
def _whole(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    pass


app.command("verify", cls=Listing)(verify_all)
app.command("run", cls=Listing)(run_race)
app.command("list", cls=Listing)(list_all)
app.command("explain", cls=Listing)(explain)
app.command("import", cls=Listing)(import_log)
app.command("judge", cls=Listing)(judge_log)
app.command("enumerate", cls=Listing)(enumerate_orders)
app.command("tournament", cls=Listing)(play_tournament)
app.command("stories", cls=Listing)(play_stories)
app.command("fleet", cls=Listing)(play_fleet)
app.command("mutants", cls=Listing)(play_mutants)
app.command("explore", cls=Listing)(explore_worlds)
app.command("replay", cls=Listing)(replay_file)
app.command("serve", cls=Listing)(serve_world)
app.command("dynamodb", cls=Listing)(serve_dynamodb)
app.command("fault", cls=Listing)(inject_fault)
app.command("demo", cls=Listing)(serve_demo_page)
app.command("warmup", cls=Listing)(warm_up_adequacy)
app.command("new", cls=Listing)(write_new)
app.command("proposal", cls=Listing)(write_proposal)
app.command("conformance", cls=Listing)(conformance)
app.command("contract", cls=Listing)(hold_to_the_contract)
app.command("parity", cls=Listing)(parity)
app.command("schema", cls=Listing)(schema)
sdk_app.command("install", cls=Listing)(install)
sdk_app.command("survey", cls=Listing)(survey)
sdk_app.command("surface", cls=Listing)(surface)
app.add_typer(sdk_app, name="sdk")

DEBUG, PLUGINS = "--debug", "--plugins"


def as_ctrl_c(number: int, frame: FrameType | None) -> None:
    """Do on a signal what Ctrl-C does at this moment."""
    answer = signal.getsignal(signal.SIGINT)
    if callable(answer):
        answer(number, frame)


def main(args: list[str] | None = None) -> None:
    """Run the command line; an error ends it with one sentence, and with `--debug` with its traceback.

    SIGTERM acts as Ctrl-C: both stop a live world, also one that a script has put into the background. So does the
    hang-up of its terminal, unless `nohup` has it ignored.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        # a shell without job control lets what it starts with & ignore it
        signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, as_ctrl_c)
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        signal.signal(signal.SIGHUP, as_ctrl_c)
    prepare_streams()
    words = list(sys.argv[1:] if args is None else args)
    try:
        own = [_current(word) for word in without_plugins(words) if word != DEBUG]
        status = app(args=own, prog_name="gateway-sim", standalone_mode=False)
        sys.exit(status if isinstance(status, int) else 0)
    except SystemExit as end:
        if end.code == INTERRUPTED:
            print("gateway-sim: stopped; nothing was left running", file=sys.stderr)
        raise
    except Exception as error:
        if DEBUG in words and not of_words(error):
            raise
        given = of_words(error) or advice(error)
        if given.sentence:
            print(f"gateway-sim: {given.sentence}", file=sys.stderr)
        sys.exit(given.status)


def without_plugins(words: list[str]) -> list[str]:
    """Add the folders of `--plugins`, and return the other words. Raises `PluginRefused`."""
    kept: list[str] = []
    given = iter(words)
    for word in given:
        name, equals, value = word.partition("=")
        if name != PLUGINS:
            kept.append(word)
        else:
            add_folder(Path(value if equals else next(given, "")))
    return kept


def _current(word: str) -> str:
    """Return a word of the command line, with the current name of a renamed option."""
    name, equals, value = word.partition("=")
    return current("option", name) + equals + value
