"""One mutant's trial: a forked process imports the changed module in the place of the file, and runs tests or races.

The process that forks has imported the libraries and none of the project, so that a trial costs the project's own
imports and its tests. The files on disk are never changed.
"""

import contextlib
import importlib
import importlib.machinery
import os
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from types import CodeType
from typing import Final

from tests.house import PACKAGES, ROOT

LIBRARIES: Final = (
    "pytest", "torch", "torch.distributed.checkpoint", "moto.dynamodb.models", "moto.s3.models", "boto3",
    "fastapi", "uvicorn", "aiohttp", "httpx", "jinja2", "typer", "rich.progress", "google.protobuf",
    "zstandard", "sklearn.datasets", "sklearn.metrics", "deltalake", "pyarrow", "playwright.sync_api",
)  # fmt: skip
KEPT, KILLED, ENDED_LATE = "survived", "killed", "killed by time"
REFUSED = "refused by mypy"


def warm() -> None:
    """Import the libraries, once, in the process that forks."""
    for name in LIBRARIES:
        importlib.import_module(name)


class Trial:
    """A running trial: `poll()` gives its end, or None while it runs."""

    def __init__(self, call: Callable[[], int], limit_s: float, log: Path) -> None:
        self._ends_at = time.monotonic() + limit_s
        self._process = os.fork()
        if self._process == 0:
            _in_the_child(call, log)

    def poll(self) -> str | None:
        """Return how the trial ended; one that takes longer than its limit is ended, and counts as killed by time."""
        done, status = os.waitpid(self._process, os.WNOHANG)
        if not done and time.monotonic() < self._ends_at:
            return None
        # a changed program can leave processes behind, or hang in one
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process, signal.SIGKILL)
        if not done:
            os.waitpid(self._process, 0)
            return ENDED_LATE
        return KEPT if os.waitstatus_to_exitcode(status) == 0 else KILLED


def _in_the_child(call: Callable[[], int], log: Path) -> None:
    status = 70
    try:
        os.setsid()
        output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(output, 1)
        os.dup2(output, 2)
        status = call()
    except SystemExit as ended:
        status = ended.code if isinstance(ended.code, int) else 70
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        # without the clean-up of what belongs to the process that forked
        os._exit(status)


def replace_module(path: Path, source: str) -> None:
    """Import `source` in the place of the file at `path`.

    At once: pytest reads the modules of this project, which is a plugin of it, by a loader of its own.
    """
    real = os.path.realpath(path)
    read = importlib.machinery.SourceFileLoader.get_code

    def get_code(loader: importlib.machinery.SourceFileLoader, fullname: str) -> CodeType | None:
        if os.path.realpath(loader.path) == real:
            return compile(source, str(path), "exec", dont_inherit=True)
        return read(loader, fullname)

    importlib.machinery.SourceFileLoader.get_code = get_code  # type: ignore[method-assign]
    parts = [part for part in path.relative_to(ROOT).with_suffix("").parts if part != "__init__"]
    importlib.import_module(".".join(parts if parts[0] == PACKAGES[0] else [PACKAGES[0], *parts]))


def run_tests(files: Sequence[str]) -> int:
    """Run test files until one fails, and return pytest's status; 0 where every test is left out here."""
    import pytest

    os.environ["HYPOTHESIS_STORAGE_DIRECTORY"] = os.path.join(tempfile.gettempdir(), "hypothesis-of-mutants")
    # plugins of pytest were imported with the libraries, so their own assertions stay as they are
    quiet = ("-p", "no:cacheprovider", "-W", "ignore::pytest.PytestAssertRewriteWarning", "--hypothesis-seed=0")
    status = pytest.main(["-x", "-q", *quiet, *files])
    return 0 if status is pytest.ExitCode.NO_TESTS_COLLECTED else int(status)


def run_races() -> int:
    """Play every cell of `gateway-sim verify`, and return its exit status: 0 where all verdicts are as expected."""
    from gateway_sim.scenarios.apps.cli import main

    sys.argv = ["gateway-sim", "verify", "--jobs", "1"]
    main()
    return 0


def check_types(path: Path | None, source: str, folder: Path) -> int:
    """Let mypy check the whole tree with `source` in the place of the file at `path`, and return its exit status.

    It checks what CI checks. Its cache is kept in `folder`, so that a check costs a second after the first.
    """
    from mypy import api

    shadow = folder / "shadow.py"
    # mypy takes a file of the same size for the one that it has in its cache
    shadow.write_text(source + "\n" * (path is not None and len(source.encode()) == path.stat().st_size))
    in_its_place = [] if path is None else ["--shadow-file", str(path.relative_to(ROOT)), str(shadow)]
    told, wrong, status = api.run(["--cache-dir", str(folder / "mypy"), *in_its_place])
    print(told, wrong)
    return status
