"""The files of the page that lie beside this one."""

from __future__ import annotations

from importlib.resources import files


def own_part(name: str) -> str:
    """Return a template, a style or a script."""
    return files(__package__).joinpath(name).read_text(encoding="utf-8")
