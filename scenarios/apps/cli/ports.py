"""Ports named by options: looked at before anything is loaded or started."""

import os
import socket
from typing import Final

import typer

LOOPBACK: Final = "127.0.0.1"


def check_ports(*named: tuple[str, int]) -> None:
    """Raise `typer.BadParameter` for the first `(option, port)` that cannot be listened on, or is named twice.

    Port 0 is any free one.
    """
    taken: dict[int, str] = {}
    for option, port in named:
        if not port:
            continue
        if port in taken:
            raise typer.BadParameter(f"{taken[port]} and {option} are both {port}; name two ports, or 0 for any")
        taken[port] = option
        with socket.socket() as listening:
            # as a server binds: what it left in TIME_WAIT is not in its way
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                listening.bind((LOOPBACK, port))
            except OSError as error:
                why = os.strerror(error.errno or 0)
                raise typer.BadParameter(f"{option} {port}: {why}; stop that program, or name another port") from None
