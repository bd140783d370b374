"""How `make docs` makes a site of README, docs and the docstrings: the repository's root is the source folder.

Pages keep their places, so that a link that leads somewhere on GitHub leads there in the site too.
"""

import re
import shutil
from pathlib import Path

from sphinx.application import Sphinx

project = "gateway-sim"
html_title = "gateway-sim"
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx_copybutton", "sphinx_external_toc"]

include_patterns = ["*.md", "docs/**", "examples/**/README.md"]
exclude_patterns = [".*", "**/.*", "build", "dist", "node_modules", "**/node_modules", "docs/schemas", "docs/pictures"]
external_toc_path = "docs/site/navigation.yml"

myst_heading_anchors = 6  # GitHub's anchors

html_theme = "furo"  # system fonts, and nothing is fetched
html_copy_source = False
toc_object_entries_show_parents = "hide"
html_show_copyright = False
html_theme_options = {"navigation_with_keys": True}

default_role = "literal"  # docstrings write names in single backquotes
autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
autodoc_preserve_defaults = True
python_maximum_signature_line_length = 88


def with_code_blocks(app: Sphinx, what: str, name: str, obj: object, options: object, lines: list[str]) -> None:
    """Mark the indented lines of a docstring as code, which they are."""
    for number in range(len(lines) - 1, 1, -1):
        if lines[number].startswith("    ") and not lines[number - 1] and re.match(r"[^\s*]", lines[number - 2]):
            lines[number:number] = ["::", ""]


def begin_with_the_readme(app: Sphinx, error: Exception | None) -> None:
    """Make README the page that a browser opens first."""
    if error is None:
        shutil.copy(Path(app.outdir, "README.html"), Path(app.outdir, "index.html"))


def setup(app: Sphinx) -> None:
    """Add both to the build."""
    app.connect("autodoc-process-docstring", with_code_blocks)
    app.connect("build-finished", begin_with_the_readme)
