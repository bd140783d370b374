"""The files of a search: its first failing world, shrunk, as a replay file and as a race."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gateway_sim.scenarios.search.explore.as_race import as_race
from gateway_sim.scenarios.search.explore.race_file import race_file
from gateway_sim.scenarios.search.explore.replay_file import replay_of, write_replay
from gateway_sim.scenarios.search.explore.search_config import SearchConfig
from gateway_sim.scenarios.search.explore.shrink import Shrunk, shrink

if TYPE_CHECKING:
    from rich.console import Console


@dataclass(frozen=True)
class Artifacts:
    """A shrunk world and its two files; `seed` drew the world before it was shrunk."""

    seed: int
    shrunk: Shrunk
    replay_path: Path
    race_path: Path

    def document(self) -> dict[str, Any]:
        """Return it as plain JSON values."""
        result = self.shrunk.result
        return {
            "seed": self.seed,
            "promise": self.shrunk.promise,
            "world": self.shrunk.world.document(),
            "plays": self.shrunk.plays,
            "outcome": result.outcome,
            "violations": [broken.document() for broken in result.violations],
            "digest": result.digest,
            "replay": f"gateway-sim replay {self.replay_path}",
            "replay_file": str(self.replay_path),
            "race_file": str(self.race_path),
        }


def smallest_of(search: SearchConfig, seed: int, folder: Path, said: "Console") -> Artifacts | None:
    """Shrink a seed's failing world and write it to `folder`; None if it does not break again."""
    with said.status(f"shrinking the world of seed {seed}") as status:
        shrunk = shrink(search, search.world(seed), lambda n: status.update(f"shrinking it: {n} worlds played"))
    if shrunk is None:
        said.print(f"seed {seed} did not break again; see --check-determinism", style="red")
        return None
    with said.status("playing it as verify plays races"):
        race = as_race(search, shrunk.world, shrunk.result)
    folder.mkdir(parents=True, exist_ok=True)
    name = f"{search.race or 'drawn'}-{search.client}-{search.gateway}-{seed}"
    artifacts = Artifacts(seed, shrunk, folder / f"{name}.json", folder / f"{name.replace('-', '_')}.py")
    write_replay(artifacts.replay_path, replay_of(search, shrunk.world, shrunk.result))
    artifacts.race_path.write_text(race_file(search, shrunk.world, shrunk.result, race))
    return artifacts
