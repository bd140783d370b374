"""The templates of all pages, one stylesheet and two scripts; a rendered page is one file that needs no network.

`base.html` is the frame of each HTML page, `table.html` renders a `Table`; the `.md` templates are pages for a
repository. Values in HTML are escaped unless they are `Markup`.
"""

import base64
import hashlib
import json
import re
from collections.abc import Iterator
from functools import partial
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup, escape

_SCROLLS = '<div class="scroll" tabindex="0" role="group" aria-label="table">'
_LOADER = PackageLoader(__name__, "")


def render(template: str, **values: Any) -> str:
    """Return a template filled with these values. Raises `jinja2.UndefinedError` where one is missing."""
    return _ENVIRONMENT.get_template(template).render(values)


def part(name: str) -> Markup:
    """Return the text of a stylesheet or a script, to be included in a page."""
    return Markup(_LOADER.get_source(_ENVIRONMENT, name)[0])


def text_page(markdown: str) -> str:
    """Return a page for a repository as one HTML file, named by its first heading; wide tables scroll by themselves."""
    from markdown_it import MarkdownIt

    text: str = MarkdownIt("commonmark", {"html": False}).enable("table").render(markdown)
    text = text.replace("<table>", f"{_SCROLLS}<table>").replace("</table>", "</table></div>")
    title = re.match(r"\s*# (.+)", markdown)
    return render("text.html", title=title[1].replace("`", "") if title else "gateway-sim", text=Markup(text))


def embedded(value: Any) -> Markup:
    """Return JSON that is safe inside a script element."""
    return Markup(json.dumps(value, separators=(",", ":")).replace("</", "<\\/").replace("<!--", "<\\!--"))


def prose(text: str) -> Markup:
    """Return a sentence with the words between backticks as code."""
    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(text))))


def policy() -> str:
    """Return the Content-Security-Policy of every page: of scripts, only those of the templates run.

    A page inside another one, in an `iframe`, is under the policy of both, so all pages have the same. Styles stand in
    attributes too, which cannot run anything.
    """
    scripts = sorted({_hash(script) for script in _scripts()})
    return (
        f"default-src 'none'; script-src {' '.join(scripts)}; style-src 'unsafe-inline'; img-src data:; "
        "connect-src 'self'; base-uri 'none'; form-action 'self'"
    )


def _scripts() -> Iterator[str]:
    """Yield every script of the templates as it stands in a page; values stand beside it, as JSON."""
    for template in _LOADER.list_templates():
        if template.endswith(".html"):
            source = _LOADER.get_source(_ENVIRONMENT, template)[0]
            for script in re.findall(r"<script>(.*?)</script>", source, re.DOTALL):
                yield re.sub(r'\{\{ part\("([^"]+)"\) \}\}', lambda found: str(part(found[1])), script)


def _hash(script: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"


_ENVIRONMENT = Environment(
    loader=_LOADER, autoescape=select_autoescape(["html"]), undefined=StrictUndefined, trim_blocks=True,
    lstrip_blocks=True, keep_trailing_newline=True,
)  # fmt: skip
_ENVIRONMENT.globals["part"] = part
_ENVIRONMENT.filters |= {"embedded": embedded, "prose": prose, "json": partial(json.dumps, indent=2)}
_ENVIRONMENT.globals["policy"] = policy()
