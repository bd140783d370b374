"""The message for a failed command: the error, and what the user can do. Pure."""

import errno
import re
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from typing import Final

from gateway_sim.scenarios.sim.errors import GatewaySimError, UsageError, alone

NOT_AS_EXPECTED, WORDS_OFF, INTERRUPTED = 1, 2, 130
"""Exit statuses; Typer ends with the last on KeyboardInterrupt, as shells do for Ctrl-C."""

LABORATORY = "run: pip install 'gateway-sim[lab]'"
INSTALLS = {
    "tinker": "run: gateway-sim sdk install all",
    **dict.fromkeys(("deltalake", "pyarrow", "sklearn", "torchdata"), "run: pip install 'gateway-sim[orchestration]'"),
    **dict.fromkeys(("distributed", "dask"), "run: pip install 'gateway-sim[cluster]'"),
}
"""How to install a library that neither a plain installation nor the extra `lab` brings."""
OURS = "gateway_sim"
"""The package of this project: a missing module of it is a defect, not something to install."""


@dataclass(frozen=True)
class Advice:
    """A sentence for the user, and the exit status."""

    sentence: str
    status: int = NOT_AS_EXPECTED


NUMBERS: Final = {
    r"Input should be a valid integer.*": "write a whole number",
    r"Input should be a valid number.*": "write a number",
    r"Input should be greater than or equal to (\S+)": r"it must be \1 or more",
    r"Input should be less than or equal to (\S+)": r"it must be \1 or less",
}
"""The sentences of newer releases of Typer on a number, and this project's."""


def advice(error: BaseException) -> Advice:
    """Return the advice for an error; for an unforeseen one it names the defect and `--debug`."""
    error = alone(error)
    if isinstance(error, GatewaySimError):
        return Advice(str(error), WORDS_OFF if isinstance(error, UsageError) else NOT_AS_EXPECTED)
    # by name, because importing botocore is slow
    if type(error).__module__.partition(".")[0] == "botocore":
        return Advice(f"the route table's endpoint refused: {error}; check --dynamodb-endpoint")
    if isinstance(error, ModuleNotFoundError) and (error.name or "").partition(".")[0] != OURS:
        name = (error.name or "a library").partition(".")[0]
        return Advice(f"{name} is not installed; {INSTALLS.get(name, LABORATORY)}")
    if isinstance(error, BrokenProcessPool | MemoryError):
        return Advice("a worker process died, most likely for want of memory; run it again with --jobs 1")
    if isinstance(error, OSError):
        return Advice(_of_the_system(error))
    message = str(error).partition("\n")[0]
    what = f"{type(error).__name__}{f': {message}' if message else ''}"
    return Advice(f"a defect of ours: {what}; run the same with --debug for the traceback, and please report it")


def of_words(error: BaseException) -> Advice | None:
    """Return the advice for an error of the parser of the command line; None for any other error.

    It has no sentence where the help was printed instead. The parser's classes are click's, or a copy in Typer: they
    are known by what they have.
    """
    if not hasattr(error, "format_message"):
        return None
    sentence = re.sub(
        r"^Invalid value(?: for '([^']+)')?: ",
        lambda found: f"{found[1]}: " if found[1] else "",
        error.format_message(),
    )
    for pattern, words in NUMBERS.items():
        sentence = re.sub(pattern, words, sentence)
    context = getattr(error, "ctx", None)
    if type(error).__name__ == "NoArgsIsHelpError":
        return Advice("", WORDS_OFF)
    where = f"; see {context.command_path} --help" if context else ""
    return Advice(f"{sentence.strip().rstrip('.')}{where}", WORDS_OFF)


def _of_the_system(error: OSError) -> str:
    """Return the system's error, its file, and advice for a common one."""
    where = f": {error.filename}" if error.filename else ""
    said = f"{error.strerror or str(error) or type(error).__name__}{where}"
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        other = "name a file on another disk" if error.filename else "let TMPDIR name a folder on another disk"
        return f"{said}; free some space, or {other}"
    if error.errno == errno.EADDRINUSE:
        return f"{said}; another program has the port, perhaps a stack that runs already: stop it, or name another port"
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return f"{said}; name a place that you may write to"
    if error.errno == errno.EMFILE:
        return f"{said}; allow more with: ulimit -n 4096"
    return said
