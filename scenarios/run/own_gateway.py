"""A user's own gateway in a run: what its words mean, and what is refused before anything starts."""

import re
import shlex
import shutil
import sys
from collections.abc import Mapping
from dataclasses import replace
from importlib.machinery import PathFinder
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from gateway_sim.scenarios.races import Race
from gateway_sim.scenarios.run.spec import GatewayProgram, RunSpec
from gateway_sim.scenarios.sim.errors import SettingsRefused
from gateway_sim.scenarios.world.gateway import RacedGateway

HEEDED_BY_OURS: Final = (
    "admit_per_s", "admit_burst", "admit_queue", "admit_queue_s", "admit_status", "admit_retry_after_s", "admit_told",
    "gateway_retries", "gateway_try_s", "hedge_s", "eject_after", "ejected_s", "strong_read_s",
)  # fmt: skip
"""The settings of a world that only this project's gateway heeds."""


def checked(spec: RunSpec, program: GatewayProgram, race: Race) -> RunSpec:
    """Return the spec with a replica for each instance, and today's policy in the place of the gateway's.

    Raises `SettingsRefused` for words that name no gateway, two, or one that the spec's engine cannot run, and for a
    setting of this project's gateway.
    """
    if spec.engine != "live" and program.app is None:
        raise SettingsRefused(
            "a gateway of your own runs on real sockets: leave --engine out; an ASGI application of Python can have "
            "--gateway-app in place of --gateway-command, and then runs in virtual time"
        )
    if spec.gateway not in (RunSpec(spec.race).gateway, program.name):
        raise SettingsRefused(f"--gateway {spec.gateway} names this project's gateway; leave it out beside your own")
    if (program.command is not None) + bool(program.urls) + (program.app is not None) != 1:
        raise SettingsRefused(
            "name your gateway once: --gateway-command starts it, --gateway-url is one that runs, --gateway-app is an "
            "ASGI application"
        )
    if program.app is not None and not re.fullmatch(r"\w+(\.\w+)*:\w+(\.\w+)*", program.app):
        raise SettingsRefused(f"--gateway-app {program.app}: write module:name, such as gateway:app")
    if program.app is not None:
        module = program.app.partition(":")[0].partition(".")[0]
        if PathFinder.find_spec(module, [str(Path.cwd()), *sys.path]) is None:
            raise SettingsRefused(f"--gateway-app {program.app}: there is no module {module} in {Path.cwd()}")
    if program.ready is not None and not program.ready.startswith("/"):
        raise SettingsRefused(f"--gateway-ready {program.ready}: write a path, such as /healthz")
    _check_urls(program)
    if program.command is not None:
        words = words_of(program.command)
        if shutil.which(words[0]) is None:
            raise SettingsRefused(f"--gateway-command {program.command}: there is no program {words[0]}")
    if ours := next((name for name in HEEDED_BY_OURS if name in spec.settings), None):
        raise SettingsRefused(f"--set {ours} is heeded by this project's gateway only; configure your own in its place")
    settings = _with_instances(spec.settings, program, race)
    return replace(spec, gateway=RunSpec(spec.race).gateway, settings=settings)


def words_of(command: str) -> list[str]:
    """Return the words of a command line. Raises `SettingsRefused`."""
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise SettingsRefused(f"--gateway-command {command}: {error}") from None
    if not words:
        raise SettingsRefused("--gateway-command is empty; write the command that starts one instance")
    return words


def _check_urls(program: GatewayProgram) -> None:
    for url in program.urls:
        if not _is_address(url):
            raise SettingsRefused(
                f"--gateway-url {url}: write an address without a path, such as http://127.0.0.1:9000"
            )
    places = [url.rstrip("/") for url in program.urls]
    if len(set(places)) < len(places):
        twice = next(place for place in places if places.count(place) > 1)
        raise SettingsRefused(f"--gateway-url {twice} is named twice; each instance has an address of its own")
    if program.urls and program.replicas not in (None, len(program.urls)):
        raise SettingsRefused(
            f"--gateway-replicas is {program.replicas}, and there are {len(program.urls)} addresses: leave it out"
        )


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        # a port out of range, or half an IPv6 address
        return False
    return parts.scheme == "http" and bool(parts.hostname) and port != 0 and not parts.path.rstrip("/") + parts.query


def _with_instances(words: Mapping[str, str], program: GatewayProgram, race: Race) -> dict[str, str]:
    """Return the settings' words with a replica for each instance: as many lag as in the race, but one is fresh.

    A single instance lags if any replica of the race does.
    """
    number = program.replicas or len(program.urls)
    if not number:
        return dict(words)
    if words.get("replicas", str(number)) != str(number):
        raise SettingsRefused(f"there are {number} instances of the gateway, and --set replicas={words['replicas']}")
    stale = min(race.settings.stale, max(number - 1, 1))
    return {"replicas": str(number), "stale": str(stale), **words}


def raced_gateway(program: GatewayProgram | None, engine: str) -> RacedGateway | None:
    """Return what makes the gateway of a world; None is this project's own."""
    if program is None:
        return None
    if program.app is not None and engine == "virtual":
        from gateway_sim.scenarios.engines.guest.app_gateway import AppGateway

        return AppGateway(program.app, Path.cwd(), sys.executable)
    from gateway_sim.scenarios.engines.live.gateways.gateway import ProcessGateway

    words = words_of(program.command) if program.command else []
    if program.app is not None:
        # it takes the port from the variable UVICORN_PORT
        words = [sys.executable, "-m", "uvicorn", program.app, "--log-level", "warning"]
    return ProcessGateway(words, program.urls, program.ready)


def fixed_places(program: GatewayProgram | None) -> dict[str, Any]:
    """Return the ports and the table of a live engine that must be known before it starts: instances run already."""
    if program is None or not program.urls:
        return {}
    from gateway_sim.scenarios.engines.live.gateways.gateway import CONTROL_PLANE_PORT, ENDPOINT_PORT, ROUTE_TABLE

    endpoints = {f"dynamodb-{n}": ENDPOINT_PORT + n for n in range(len(program.urls))}
    return {"ports": {"control-plane": CONTROL_PLANE_PORT, **endpoints}, "table_name": ROUTE_TABLE}


def variables_of(program: GatewayProgram) -> dict[str, dict[str, str]]:
    """Return the variables that each running instance must have been started with, by URL."""
    from gateway_sim.scenarios.engines.live.gateways.gateway import (
        CONTROL_PLANE_PORT,
        ENDPOINT_PORT,
        HOST,
        ROUTE_TABLE,
        variables,
    )

    return {
        url: variables(
            f"gw-{n}",
            urlsplit(url).port or 80,
            f"{HOST}:{ENDPOINT_PORT + n}",
            ROUTE_TABLE,
            f"{HOST}:{CONTROL_PLANE_PORT}",
        )
        for n, url in enumerate(program.urls)
    }
