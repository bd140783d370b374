"""Wheel and sdist, built from the files of the tree and checked: `make dist` runs this module."""

import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

from tests.house import PACKAGES, ROOT

ONE_NAME = PACKAGES[0]
BESIDE = {"LICENSE", "MANIFEST.in", "PKG-INFO", "README.md", "pyproject.toml", "setup.cfg"}
"""What an sdist holds beside the package."""


@dataclass(frozen=True)
class Packages:
    """An sdist, the wheel that was built from it, and the wheel that was built from the tree."""

    sdist: Path
    wheel: Path
    wheel_of_the_tree: Path


def build(into: Path) -> Packages:
    """Build all three from the files that git knows or would add; the first two are left in `into`."""
    into.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        tree, beside = Path(scratch) / "tree", into / "of-the-tree"
        for name in _tracked():
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, tree / name, follow_symlinks=False)
        _run(sys.executable, "-m", "build", "--quiet", "--outdir", str(into), str(tree))
        _run(sys.executable, "-m", "build", "--quiet", "--wheel", "--outdir", str(beside), str(tree))
    return Packages(_only(into, "*.tar.gz"), _only(into, "*.whl"), _only(beside, "*.whl"))


def problems(built: Packages) -> list[str]:
    """Return a sentence for each thing that is wrong with them."""
    wheel, of_the_tree, sdist = _in_wheel(built.wheel), _in_wheel(built.wheel_of_the_tree), _in_sdist(built.sdist)
    info = next(name.split("/")[0] for name in wheel if ".dist-info/" in name)
    code = {name: data for name, data in wheel.items() if not name.startswith(info)}
    wanted = _expected()
    found = [
        *(f"the wheel lacks {name}" for name in sorted(wanted - code.keys())),
        *(f"the wheel has {name}, which is not in the tree" for name in sorted(code.keys() - wanted)),
        *(f"the sdist lacks {name}" for name in sorted(code.keys() - sdist.keys())),
        *(
            f"the sdist has {name}, which the wheel has not"
            for name in sorted(sdist.keys() - code.keys() - BESIDE)
            if ".egg-info/" not in name
        ),
        *(f"{name} differs between sdist and wheel" for name in sorted(code) if sdist.get(name, b"") != code[name]),
    ]
    if of_the_tree != wheel:
        differ = sorted(name for name in of_the_tree.keys() | wheel.keys() if of_the_tree.get(name) != wheel.get(name))
        found.append(f"the wheel of the sdist is not the wheel of the tree: {', '.join(differ)}")
    checked = subprocess.run(
        [sys.executable, "-m", "twine", "check", "--strict", str(built.wheel), str(built.sdist)],
        capture_output=True,
        text=True,
    )
    return found if checked.returncode == 0 else [*found, checked.stdout]


def _tracked() -> list[str]:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    names = listed.stdout.rstrip("\0").split("\0")
    return [name for name in names if (ROOT / name).is_symlink() or (ROOT / name).is_file()]


def _expected() -> set[str]:
    """Return the files of the five folders as an installation names them, `gateway_sim/client/sync.py`."""
    inside = [name for name in _tracked() if name.split("/")[0] in PACKAGES and not (ROOT / name).is_symlink()]
    return {name if name.split("/")[0] == ONE_NAME else f"{ONE_NAME}/{name}" for name in inside}


def _in_wheel(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as held:
        return {name: held.read(name) for name in held.namelist()}


def _in_sdist(path: Path) -> dict[str, bytes]:
    with tarfile.open(path) as held:
        files = [(member, held.extractfile(member)) for member in held.getmembers() if member.isfile()]
        return {member.name.partition("/")[2]: data.read() for member, data in files if data is not None}


def _only(folder: Path, pattern: str) -> Path:
    (found,) = folder.glob(pattern)
    return found


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}: {done.stdout}{done.stderr}")


def main() -> None:
    """Build into `dist/`, anew; print what is wrong and exit 1, or print the files."""
    into = ROOT / "dist"
    shutil.rmtree(into, ignore_errors=True)
    built = build(into)
    found = problems(built)
    shutil.rmtree(built.wheel_of_the_tree.parent)
    for line in found or [str(path.relative_to(ROOT)) for path in (built.sdist, built.wheel)]:
        print(line)
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
