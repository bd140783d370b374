"""The command line: `gateway-sim`. What a command needs is imported when it runs, so that `--help` is quick."""

from __future__ import annotations

import signal
import sys

import typer

from scenarios.cli.conformance import conformance
from scenarios.cli.enumerate import enumerate_orders
from scenarios.cli.explore import explore_worlds
from scenarios.cli.import_log import import_log
from scenarios.cli.listing import list_all
from scenarios.cli.mutants import play_mutants
from scenarios.cli.parity import parity
from scenarios.cli.proposal import write_proposal
from scenarios.cli.replay import replay_file
from scenarios.cli.run import run_race
from scenarios.cli.sdk import sdk_app
from scenarios.cli.tournament import play_tournament
from scenarios.cli.verify import verify_all
from scenarios.cli.warmup import warm_up_adequacy

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Race a training platform's gateway against its route table, and see which fix holds.",
)
app.command("verify")(verify_all)
app.command("run")(run_race)
app.command("list")(list_all)
app.command("import")(import_log)
app.command("enumerate")(enumerate_orders)
app.command("tournament")(play_tournament)
app.command("mutants")(play_mutants)
app.command("explore")(explore_worlds)
app.command("replay")(replay_file)
app.command("warmup")(warm_up_adequacy)
app.command("proposal")(write_proposal)
app.command("conformance")(conformance)
app.command("parity")(parity)
app.add_typer(sdk_app, name="sdk")

NOT_AS_EXPECTED, WORDS_OFF, INTERRUPTED = 1, 2, 130
"""Exit statuses; the last is a shell's own for Ctrl-C, which Typer turns a KeyboardInterrupt into."""


def main(args: list[str] | None = None) -> None:
    """Run the command line; what a person can mend ends with one sentence, and a defect with its traceback.

    A termination is taken as Ctrl-C, so that a live world is taken down by either.
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        app(args=args, prog_name="gateway-sim")
    except SystemExit as end:
        if end.code == INTERRUPTED:
            print("gateway-sim: stopped; nothing was left running", file=sys.stderr)
        raise
    except Exception as error:
        sentence, status = _advice(error)
        if not sentence:
            raise
        print(f"gateway-sim: {sentence}", file=sys.stderr)
        sys.exit(status)


def _advice(error: Exception) -> tuple[str, int]:
    """Return what to tell a person, and the exit status; an empty sentence where the error is a defect of ours."""
    origin = type(error).__module__.partition(".")[0]
    if origin == "scenarios" and isinstance(error, ValueError):
        return str(error), WORDS_OFF
    if type(error).__name__ == "PodDidNotStart":
        return str(error), NOT_AS_EXPECTED
    if origin == "botocore":
        return f"the route table's endpoint refused: {error}; check --dynamodb-endpoint", NOT_AS_EXPECTED
    if isinstance(error, OSError):
        return f"{error.strerror or error}{f': {error.filename}' if error.filename else ''}", NOT_AS_EXPECTED
    return "", NOT_AS_EXPECTED
