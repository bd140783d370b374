"""A group of commands that answers an unknown one with the nearest, as every unknown name is answered here."""

from collections.abc import Sequence
from typing import Any

from typer.core import TyperGroup

from gateway_sim.scenarios.sim.errors import check


class Nearest(TyperGroup):
    """Raises `UnknownWord` for an unknown command: Typer suggests a command only in its newer releases."""

    def resolve_command(self, ctx: Any, args: Sequence[str]) -> Any:
        """Return the command's name, the command, and the words that are left."""
        check("command", args[0], self.commands)
        return super().resolve_command(ctx, list(args))
