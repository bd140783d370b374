"""A replay file that was made to harm: it is read up to a size, and refused with a sentence."""

from pathlib import Path

import pytest

from gateway_sim.scenarios.search.explore import replay_file
from gateway_sim.scenarios.search.explore.replay_file import ReplayRefused, read_replay


@pytest.mark.parametrize("text", ['{"a":' * 100_000 + "1" + "}" * 100_000, '{"a": ' + "9" * 10_000 + "}"])
def test_json_that_no_parser_takes_is_refused(tmp_path: Path, text: str) -> None:
    """By the file's name."""
    (tmp_path / "world.json").write_text(text)
    with pytest.raises(ReplayRefused, match=r"world.json is no replay file of gateway-sim: its JSON is too deep"):
        read_replay(tmp_path / "world.json")


def test_a_file_without_end_is_read_up_to_a_size(monkeypatch: pytest.MonkeyPatch) -> None:
    """A device has no size of its own."""
    monkeypatch.setattr(replay_file, "LARGEST_BYTES", 5000)
    with pytest.raises(ReplayRefused, match=r"/dev/zero .* is larger than 5,000 bytes"):
        read_replay(Path("/dev/zero"))
