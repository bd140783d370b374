"""A store of runs: written as they end, resumed without playing any again, and the same bytes in the end."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

pytest.importorskip("pyarrow", reason="the extra store is not installed: pip install 'gateway-sim[store]'")

from pyarrow import dataset

from gateway_sim.scenarios.run import store as stores
from gateway_sim.scenarios.run.result import RunResult
from gateway_sim.scenarios.run.rows import COLUMNS, of_result
from gateway_sim.scenarios.run.runner import run
from gateway_sim.scenarios.run.spec import RunSpec
from gateway_sim.scenarios.run.store import Store, StoreRefused
from gateway_sim.scenarios.run.sweep import sweep, untimed
from gateway_sim.scenarios.run.workers import Workers
from gateway_sim.scenarios.sim.errors import SettingsRefused

SPECS = [RunSpec("fresh-route", seed=seed) for seed in range(7)]


@pytest.fixture(autouse=True)
def small_files(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a file have three rows."""
    monkeypatch.setattr(stores, "ROWS", 3)


def swept(folder: Path, specs: Sequence[RunSpec] = SPECS, upto: int = 99) -> tuple[list[RunResult], list[RunSpec]]:
    """Sweep into a store, and stop after so many results; return these, and the runs that were played for them."""
    played: list[RunSpec] = []

    def play(left: Sequence[RunSpec]) -> Iterator[RunResult]:
        for spec in left:
            played.append(spec)
            yield untimed(run(spec))

    found = []
    with Store(folder, "verify", {"runs": len(specs)}) as store:
        for result in store.kept(specs, play, of_result):
            found.append(result)
            if len(found) == upto:
                break
    return found, played


def content(folder: Path) -> dict[str, bytes]:
    """Return the files of a folder."""
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.parametrize("stopped_after", [1, 3, 4, 6])
def test_a_sweep_that_was_stopped_plays_only_the_rest_and_leaves_the_same_bytes(tmp_path: Path, stopped_after: int):
    """Within a file, at its end, and twice in a row."""
    whole, _ = swept(tmp_path / "undisturbed")
    swept(tmp_path / "stopped", upto=1)
    swept(tmp_path / "stopped", upto=stopped_after)
    found, played = swept(tmp_path / "stopped")
    assert played == SPECS[stopped_after:]
    assert found == whole
    assert content(tmp_path / "stopped") == content(tmp_path / "undisturbed")
    assert sorted(content(tmp_path / "stopped")) == ["part-00000.parquet", "part-00001.parquet", "part-00002.parquet"]
    assert swept(tmp_path / "stopped") == (whole, [])


@pytest.mark.slow
def test_the_bytes_do_not_depend_on_the_workers(tmp_path: Path):
    """One process, and two."""
    for jobs in (1, 2):
        with Store(tmp_path / str(jobs), "verify", {"runs": len(SPECS)}) as store:
            results = list(sweep(SPECS, Workers(jobs), store=store))
        assert [result.metrics.wall_s for result in results] == [0.0] * len(SPECS)
    assert content(tmp_path / "1") == content(tmp_path / "2")


def test_each_run_is_on_disk_soon_after_it_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A process that is killed gets no chance to write what it has in memory."""
    monkeypatch.setattr(stores, "EVERY_S", 0.0)
    with Store(tmp_path, "verify", {"runs": len(SPECS)}) as store:
        for number, _ in enumerate(sweep(SPECS, Workers(), store=store), start=1):
            assert dataset.dataset(tmp_path).count_rows() == number


def test_a_run_that_is_wanted_twice_is_played_once(tmp_path: Path):
    """Each place in the sweep has its result."""
    found, played = swept(tmp_path, [SPECS[1], SPECS[0], SPECS[1]])
    assert [result.seed for result in found] == [1, 0, 1]
    assert played == [SPECS[1], SPECS[0]]


def test_other_readers_find_a_row_with_the_same_columns_for_each_run(tmp_path: Path):
    """As pandas or DuckDB do, without this project."""
    found, _ = swept(tmp_path)
    table = dataset.dataset(tmp_path).to_table()
    assert table.column_names == list(COLUMNS)
    rows = table.to_pylist()
    assert [(row["race"], row["seed"], row["verdict"], row["digest"]) for row in rows] == [
        ("fresh-route", result.seed, result.verdict, result.digest) for result in found
    ]
    assert {row["schema"] for row in rows} == {"gateway-sim/store/1"}
    assert rows[0]["broken"] == list(dict.fromkeys(violation.promise for violation in found[0].violations))
    assert rows[0]["requests"] == found[0].metrics.requests


def test_a_whole_store_gives_its_results_back_and_one_that_was_stopped_says_how_to_go_on(tmp_path: Path):
    """No page is made of half a sweep."""
    swept(tmp_path / "s", upto=4)
    with pytest.raises(StoreRefused, match=r"s holds 4 of the 7 runs of a sweep that was stopped; play the rest: .*"):
        Store.of(tmp_path / "s", "verify")
    whole, _ = swept(tmp_path / "s")
    assert list(Store.of(tmp_path / "s", "verify").records()) == whole
    with pytest.raises(StoreRefused, match="there is no such folder"):
        Store.of(tmp_path / "nowhere", "verify")


def a_file(folder: Path) -> None:
    """Put a file where the folder should be."""
    folder.write_text("")


def notes(folder: Path) -> None:
    """Put a user's notes in the folder."""
    folder.mkdir()
    (folder / "notes.txt").write_text("")


def a_stranger(folder: Path) -> None:
    """Put Parquet of another program in the folder."""
    import pyarrow
    from pyarrow import parquet

    folder.mkdir()
    parquet.write_table(pyarrow.table({"a": [1]}), folder / "part-00000.parquet")


def half_a_file(folder: Path) -> None:
    """Cut a file of the store short, as a full disk of another program may."""
    swept(folder)
    part = folder / "part-00001.parquet"
    part.write_bytes(part.read_bytes()[:100])


def a_part_missing(folder: Path) -> None:
    """Remove a file in the middle."""
    swept(folder)
    (folder / "part-00001.parquet").unlink()


@pytest.mark.parametrize(
    ("there", "why"),
    [
        (a_file, "that is a file; name a folder"),
        (notes, r"holds notes\.txt, which is no part of a store; name a folder of its own"),
        (a_stranger, "holds runs of the schema nothing, and this is gateway-sim/store/1; name another folder"),
        (half_a_file, r"part-00001\.parquet cannot be read: .*; move it away"),
        (a_part_missing, r"holds part-00002\.parquet, which is no part"),
    ],
)
def test_what_is_no_store_is_refused_and_left_as_it_is(tmp_path: Path, there: Callable[[Path], None], why: str):
    """In a sentence, before anything is played."""
    there(tmp_path / "s")
    before = content(tmp_path / "s") if (tmp_path / "s").is_dir() else None
    with pytest.raises(StoreRefused, match=why):
        swept(tmp_path / "s")
    assert before is None or content(tmp_path / "s") == before


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("release", lambda: "9.9.9", r"holds runs of gateway-sim \S+, and this is 9\.9\.9"),
        ("SCHEMA", "gateway-sim/store/2", r"of the schema gateway-sim/store/1, and this is gateway-sim/store/2"),
    ],
)
def test_a_store_of_another_release_or_schema_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: object, why: str
):
    """Its runs may have gone otherwise."""
    swept(tmp_path, SPECS[:1])
    monkeypatch.setattr(stores, name, value)
    with pytest.raises(StoreRefused, match=why):
        swept(tmp_path)


def test_a_store_of_another_command_is_refused(tmp_path: Path):
    """A page of one cannot be made from the rows of the other."""
    swept(tmp_path, SPECS[:1])
    with pytest.raises(StoreRefused, match="holds runs of the command verify, and this is explore"):
        Store(tmp_path, "explore", {})


def test_two_sweeps_do_not_write_to_one_store(tmp_path: Path):
    """The second is refused, and once the first has ended it may."""
    with Store(tmp_path, "verify", {}), pytest.raises(StoreRefused, match="another sweep is writing to it"):
        Store(tmp_path, "verify", {})
    Store(tmp_path, "verify", {}).close()


def test_without_pyarrow_the_install_line_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Nothing is made."""
    monkeypatch.setattr(stores.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(SettingsRefused, match=r"--store needs pyarrow; run: pip install 'gateway-sim\[store\]'"):
        Store(tmp_path / "s", "verify", {})
    assert list(tmp_path.iterdir()) == []
