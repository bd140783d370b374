"""The command line: `gateway-sim`. What a command needs is imported when it runs, so that `--help` is quick."""

from __future__ import annotations

import sys

import typer

from scenarios.cli.listing import list_all
from scenarios.cli.run import run_race
from scenarios.cli.verify import verify_all

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Race a training platform's gateway against its route table, and see which fix holds.",
)
app.command("verify")(verify_all)
app.command("run")(run_race)
app.command("list")(list_all)


def main(args: list[str] | None = None) -> None:
    """Run the command line; words that are off end with one sentence and exit status 2."""
    try:
        app(args=args, prog_name="gateway-sim")
    except ValueError as error:
        # the laboratory's own refusals of words and settings; anything else is a defect, and keeps its traceback
        if type(error).__module__.partition(".")[0] != "scenarios":
            raise
        print(f"gateway-sim: {error}", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        print("gateway-sim: stopped; nothing was left running", file=sys.stderr)
        sys.exit(130)
