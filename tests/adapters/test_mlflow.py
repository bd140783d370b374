"""MLflow's registry under the promoters: as it is used it breaks the fixed story, and behind a row it keeps it."""

import threading
from collections.abc import Callable
from typing import Any

import pytest

from gateway_sim import run
from gateway_sim.control_plane.models.promotion import Version
from gateway_sim.control_plane.named_items import NamedItems
from gateway_sim.scenarios.compare.port_contract.hold import hold
from gateway_sim.scenarios.orchestration.parts import checked
from gateway_sim.scenarios.orchestration.workloads.sandbox import Sandbox, SandboxSettings
from gateway_sim.scenarios.run.result import RunResult
from gateway_sim.scenarios.sim import clock
from gateway_sim.scenarios.sim.seeds import Seeds
from gateway_sim.scenarios.sim.trace import Trace

pytestmark = [pytest.mark.adapters, pytest.mark.filterwarnings("default")]
pytest.importorskip("mlflow", reason="MLflow is not installed; run: make test-adapters")

from gateway_sim.scenarios.orchestration.parts import mlflow, mlflow_guarded  # noqa: E402

SEEDS = (0, 1, 2)


def played(part: str, seed: int, variant: str = "fixed") -> RunResult:
    """Play the promotions with a registry of MLflow's."""
    settings = {"variant": variant, "draws": "1"}
    return run("promotion-race", parts={"registry": part}, seed=seed, settings=settings)


@pytest.mark.parametrize("seed", SEEDS)
def test_aliases_as_they_are_used_break_the_fixed_promoters(seed: int) -> None:
    """Lock, fence and reconciler are all there, and the alias heeds none of them."""
    result = played("mlflow", seed)
    assert result.verdict == "broken"
    assert "what serves is what the tag names" in {violation.promise for violation in result.violations}


@pytest.mark.parametrize("seed", SEEDS)
def test_behind_a_row_the_story_is_that_of_our_own_registry(seed: int) -> None:
    """Event by event."""
    result = played("mlflow-guarded", seed)
    own = run("promotion-race", seed=seed, settings={"variant": "fixed", "draws": "1"})
    assert (result.verdict, result.digest) == ("kept", own.digest)


def test_the_row_is_no_fix_without_the_promoters_own() -> None:
    """A registry that could refuse helps none who decides on an old read and then reads again."""
    assert played("mlflow-guarded", 0, "broken").verdict == "broken"


def test_aliases_miss_what_the_fix_needs_and_the_row_misses_nothing() -> None:
    """Expected versions, and a count of the moves."""
    missed = {one.clause for one in hold("registry", checked("registry", "mlflow")) if one.result == "missed"}
    assert missed == {
        "an-old-read-is-refused", "one-first-move", "moved-and-back", "a-refusal-changes-nothing", "tokens-grow",
    }  # fmt: skip
    assert [one.saw for one in hold("registry", checked("registry", "mlflow-guarded")) if one.saw] == []


def in_a_sandbox(story: Callable[[Sandbox[Any]], None]) -> None:
    """Call a story with an open sandbox."""

    async def opened() -> None:
        async with Sandbox(Seeds(0), Trace(), SandboxSettings()) as sandbox:
            story(sandbox)

    clock.run(opened())


def test_an_alias_whose_mover_died_is_set_by_the_next_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    """Between the row and the alias a mover may die; without the repair the alias stays behind."""

    def story(sandbox: Sandbox[Any]) -> None:
        alias = mlflow.make(sandbox, model="ranker")
        guarded = mlflow_guarded.make(sandbox, model="ranker")
        for n in (1, 2):
            guarded.register(Version(n, f"sha256:{n}", n / 10))
        first = guarded.move_tag(1, None)
        with monkeypatch.context() as dies:
            dies.setattr(mlflow_guarded.GuardedRegistry, "_follow", lambda self: None)
            guarded.move_tag(2, first)
        assert alias.alias() == 1
        assert guarded.tag() is not None
        assert alias.alias() == 2

    in_a_sandbox(story)


def test_a_slow_mover_does_not_leave_its_older_version_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    """It sets the alias after a newer move has, sees the row, and sets it again."""

    def story(sandbox: Sandbox[Any]) -> None:
        guarded, other = (mlflow_guarded.make(sandbox, model="ranker") for _ in range(2))
        for n in (1, 2):
            guarded.register(Version(n, f"sha256:{n}", n / 10))
        set_alias = mlflow.MlflowRegistry.set_alias

        def overtaken(self: mlflow.MlflowRegistry, version: int) -> None:
            monkeypatch.setattr(mlflow.MlflowRegistry, "set_alias", set_alias)
            other.move_tag(2, other._row())
            set_alias(self, version)

        monkeypatch.setattr(mlflow.MlflowRegistry, "set_alias", overtaken)
        guarded.move_tag(1, None)
        assert mlflow.make(sandbox, model="ranker").alias() == 2

    in_a_sandbox(story)


def test_the_guard_is_the_condition_of_its_row(monkeypatch: pytest.MonkeyPatch) -> None:
    """Taken out, the story breaks again."""
    put = NamedItems.put

    def unconditional(self: NamedItems, name: str, item: Any, condition: str = "", values: Any = None) -> bool:
        return put(self, name, item) if "/" not in name else put(self, name, item, condition, values)

    monkeypatch.setattr(NamedItems, "put", unconditional)
    assert [played("mlflow-guarded", seed).verdict for seed in SEEDS] == ["broken"] * 3


def test_no_thread_of_mlflow_is_left() -> None:
    """The clock is held while MLflow works, and nothing of it works on."""

    before = set(threading.enumerate())
    assert played("mlflow", 0).verdict == "broken"
    assert set(threading.enumerate()) == before
