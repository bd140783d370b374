"""`gateway-sim sdk install`: the environment of each SDK, and the profile of a version that was not measured."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from gateway_sim.scenarios.apps.cli.document import printed
from gateway_sim.scenarios.apps.cli.options import Json
from gateway_sim.scenarios.sim.errors import GatewaySimError, UsageError

if TYPE_CHECKING:
    from packaging.version import Version
    from rich.console import Console

    from gateway_sim.scenarios.engines.live.sdks.environments import SdkEnvironment
    from gateway_sim.scenarios.engines.live.sdks.given_profile import GivenProfile

NEAR = 3
"""How many of the index's versions a refusal names."""


def install(
    names: Annotated[
        list[str],
        typer.Argument(help="SDKs of `gateway-sim sdk list`; another version as PACKAGE==VERSION; `all` for measured."),
    ],
    rebuild: Annotated[bool, typer.Option("--rebuild", help="Replace an existing environment.")] = False,
    as_json: Json = False,
) -> None:
    """Make a virtual environment for each SDK; a working one stays as it is.

    A version that was not measured plays a sample of the conformance table in virtual time, and is given the profile
    of the measured SDK with which most cells agree. A failure does not stop the others. Exit 1 if one failed; the last
    line names all that failed.
    """
    from rich.console import Console

    from gateway_sim.scenarios.engines.live.sdks.environments import SDKS, named, state_of
    from gateway_sim.scenarios.engines.live.sdks.given_profile import given_sentences

    said = Console(stderr=True)
    meant = [one for name in names for one in (SDKS.values() if name == "all" else [named(name)])]
    chosen = list({one.name: one for one in meant}.values())
    if others := [one for one in chosen if one.name not in SDKS and (rebuild or one.given is None)]:
        # it measures them: where the extra `lab` is missing, say so first
        import gateway_sim.scenarios.compare.conformance.likeness  # noqa: F401

        _check_versions(others, said)
    made = []
    for environment in chosen:
        name, given = environment.name, None
        wrong = _make(environment, said, rebuild=rebuild)
        if wrong is None:
            said.print(f"{name} is installed in {environment.folder}", markup=False, soft_wrap=True)
            # a new environment has no profile yet
            if name not in SDKS and (given := named(name).given) is None:
                given, wrong = _give_profile(environment, said)
        for sentence in given_sentences(name, given) if given else ():
            said.print(sentence, markup=False, soft_wrap=True)
        if wrong is not None:
            said.print(wrong, markup=False, soft_wrap=True)
        facts = {"name": name, "state": state_of(environment), "folder": str(environment.folder), "error": wrong}
        made.append({**facts, "given": asdict(given) if given else None})
    if as_json:
        printed("sdk-install", {"sdks": made})
    if failed := [one for one in made if one["error"]]:
        for why, there in (("not installed", False), ("without a profile", True)):
            if some := [str(one["name"]) for one in failed if (one["state"] == "installed") is there]:
                said.print(f"{why}: {', '.join(some)}", markup=False)
        raise typer.Exit(1)


def _check_versions(environments: list[SdkEnvironment], said: Console) -> None:
    """Refuse a version that the package index has not; where pip cannot ask the index, say so. Raises `UsageError`."""
    from gateway_sim.scenarios.engines.live.sdks.package_index import IndexSilent, versions_of
    from gateway_sim.scenarios.engines.live.sdks.versions import distance, parsed

    for environment in environments:
        package, version = parsed(environment.name) or ("", None)
        assert version is not None, f"{environment.name} is neither measured nor a version"

        def apart(other: Version, version: Version = version) -> int:
            return distance(other, version)

        try:
            versions = versions_of(package)
        except IndexSilent as silent:
            said.print(str(silent), markup=False, soft_wrap=True)
            continue
        if version not in versions:
            near = ", ".join(map(str, sorted(versions, key=apart)[:NEAR]))
            raise UsageError(f"the package index has no {package} {version}; the nearest there are {near}")


def _make(environment: SdkEnvironment, said: Console, *, rebuild: bool) -> str | None:
    """Make one environment unless it works already; one that worked comes back where the new one fails.

    Return None, or the error as a sentence.
    """
    import shutil

    from gateway_sim.scenarios.engines.live.sdks.environments import state_of

    if (works := state_of(environment) == "installed") and not rebuild:
        return None
    folder = environment.folder
    former = folder.with_name(f".{folder.name}.former")
    if works:
        shutil.rmtree(former, ignore_errors=True)
        folder.rename(former)
    wrong: str | None = f"{environment.name} was interrupted"
    try:
        wrong = _make_anew(environment, said)
    finally:
        if wrong is not None and works:
            shutil.rmtree(folder, ignore_errors=True)
            former.rename(folder)
        shutil.rmtree(former, ignore_errors=True)
    return f"{wrong}; the former one stays" if wrong is not None and works else wrong


def _make_anew(environment: SdkEnvironment, said: Console) -> str | None:
    """Make one environment in place of what its folder has. Return None, or the error as a sentence."""
    import shutil
    import subprocess

    from gateway_sim.scenarios.engines.live.sdks.environments import SDKS, install_commands, state_of

    shutil.rmtree(environment.folder, ignore_errors=True)
    environment.folder.parent.mkdir(parents=True, exist_ok=True)
    with said.status(f"installing {environment.name}: {environment.summary} (a minute or two)"):
        for command in install_commands(environment):
            done = subprocess.run(command, capture_output=True, text=True)
            if done.returncode != 0:
                last = (done.stderr.strip() or done.stdout.strip()).splitlines()[-1:]
                return f"{environment.name} could not be installed: {' '.join(last)}"
    if state_of(environment) == "installed":
        return None
    if environment.name in SDKS:
        return f"{environment.name} was installed, but does not import; try --rebuild"
    shutil.rmtree(environment.folder)
    return f"{environment.name} is no SDK that can train: `import {environment.checks}` fails; its folder was removed"


def _give_profile(environment: SdkEnvironment, said: Console) -> tuple[GivenProfile | None, str | None]:
    """Let a version play the sample, and keep the profile that agrees most. Return it, or None and the error."""
    from gateway_sim.scenarios.apps.cli.progress import watched
    from gateway_sim.scenarios.compare.conformance import likeness
    from gateway_sim.scenarios.engines.live.sdks.given_profile import keep
    from gateway_sim.scenarios.report.conformance import given_profile
    from gateway_sim.scenarios.run.workers import default_jobs

    total = len(likeness.sample_of(environment))
    playing = likeness.measured_of(environment, default_jobs())
    try:
        measured = list(watched(playing, f"measuring {environment.name}", total=total, console=said))
    except GatewaySimError as error:
        return None, f"{environment.name} was installed, but plays no sample: {error}"
    found = likeness.likeness(measured, likeness.profiles_beside(environment))
    if not found.agree[found.profile]:
        return None, f"{environment.name} was installed, but in none of {total} cells does it do what a profile says"
    given = given_profile(found)
    keep(given, environment.folder)
    return given, None
