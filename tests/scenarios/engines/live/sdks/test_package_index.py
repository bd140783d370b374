"""What pip says of a package index that lies in a folder, and of one that cannot be asked."""

from pathlib import Path

import pytest

from gateway_sim.scenarios.engines.live.sdks.package_index import IndexSilent, versions_of


@pytest.fixture(autouse=True)
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the folder of an index, the only one that pip asks."""
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    for name in ("PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS", "PIP_NO_INDEX"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PIP_INDEX_URL", tmp_path.as_uri())
    return tmp_path


def test_every_version_is_listed_newest_first(index: Path) -> None:
    """Pre-releases too: an SDK that was measured is one. By their order, not by their letters."""
    (index / "tinker").mkdir()
    files = [f"tinker-{version}-py3-none-any.whl" for version in ("0.9.0", "0.10.0", "0.10.1a2", "0.2.0")]
    (index / "tinker" / "index.html").write_text("".join(f'<a href="{file}">{file}</a>' for file in files))
    assert list(map(str, versions_of("tinker"))) == ["0.10.1a2", "0.10.0", "0.9.0", "0.2.0"]


def test_an_index_that_cannot_be_asked_is_one_sentence() -> None:
    """It says of which package, and why in the words of pip."""
    with pytest.raises(IndexSilent, match=r"^the package index gave no versions of tinker: No matching .* tinker$"):
        versions_of("tinker")
