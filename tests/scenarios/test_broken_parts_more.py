"""The same for the races that the measurements found: each catches a part that is broken on purpose."""

from __future__ import annotations

import contextlib
import dataclasses
import importlib.util
import sys
from pathlib import Path

import pytest

from client.journal import Journal
from client.retry_policies import After
from client.retry_policies.exactly_once import ExactlyOnce
from client.sdk_calls import SdkCalls
from client.standing import standing
from client.steady_calls import SteadyCalls
from client.turns import Turns
from client.watch import Watch
from gateway_sim.primary import TablePrimary
from gateway_sim.route_table import RouteTable
from scenarios import orchestration, races
from scenarios.catalogue import catalogue
from trainer_pod.pod import TrainerPod


def _first_part():
    """Return the module beside this one, whose cases and parts these go on from."""
    found = importlib.util.spec_from_file_location("broken_parts", Path(__file__).with_name("test_broken_parts.py"))
    module = importlib.util.module_from_spec(found)
    sys.modules["broken_parts"] = module
    found.loader.exec_module(module)
    return module


parts = _first_part()
Case, TUNED = parts.Case, parts.TUNED


def gateway_that_believes_its_cache(patch):
    """What it calls a strong read is one of the cache that remembers the miss."""

    async def cached(self, key):
        return None

    patch.setattr(TablePrimary, "strong_read", cached)


def gateway_that_sends_pollers_away_at_once(patch):
    """It answers a poll without holding it first."""
    patch.setattr("gateway_sim.miss_policies.tell_gone_from_stale.hold_s", lambda leg, longest_s: 0.0)


def control_plane_whose_delete_does_not_look(patch):
    """A late delete takes away whatever route stands."""
    withdraw = RouteTable.withdraw

    async def blind(self, key, generation):
        standing = await self._read(key)
        return await withdraw(self, key, standing.generation)

    patch.setattr(RouteTable, "withdraw", blind)


def pod_that_trains_on_when_superseded(patch):
    """It is told that it was replaced, and goes on."""

    async def deaf(self):
        return None

    patch.setattr(TrainerPod, "retire", deaf)


def pod_that_does_not_mark_its_checkpoints(patch):
    """A save ends without the marker that makes it one."""
    patch.setattr("trainer_pod.checkpoints._mark", lambda folder, commit: None)


def client_that_runs_a_refused_call_anew(patch):
    """Neither the same poll nor the same seq_id: the whole call, again."""

    async def once(self, route, body, *, seq_id=None):
        return await SdkCalls.post(self, route, body, seq_id=seq_id)

    async def poll_once(self, request_id, request_type, roundtrip_s):
        return await SdkCalls.retrieve(self, request_id, request_type, roundtrip_s)

    patch.setattr(SteadyCalls, "post", once)
    patch.setattr(SteadyCalls, "retrieve", poll_once)
    patch.setattr(ExactlyOnce, "on_failure", lambda self, failure, attempt: After(1.0, 1.0))


def client_that_takes_no_turns(patch):
    """Each request goes out when it likes."""

    @contextlib.asynccontextmanager
    async def at_once(self, number):
        yield

    patch.setattr(Turns, "take", at_once)


def client_that_asks_the_moment_it_is_refused(patch):
    """Without jitter and without a budget."""

    async def look(self, trained, *, fresh=False):
        await self._ask()
        return standing(self._last, trained)

    patch.setattr(Watch, "look", look)


def client_that_knows_jobs_by_name_alone(patch):
    """Another job of the same name is the same job to it."""
    patch.setattr(
        "client.watch.standing", lambda status, trained: standing(status, dataclasses.replace(trained, uid=""))
    )


def client_that_forgets_what_it_did(patch):
    """It loads the checkpoint and goes on from where it stood."""
    patch.setattr(Journal, "to_repeat", lambda self: [deed for deed in self.deeds if not deed.heard])


MORE = [
    Case("connect-404", "plain", "route-not-ready", parts.gateway_that_caches_a_miss_for_ever, "the run finishes",
         TUNED),
    Case("pinned-connection", "plain", "route-not-ready", parts.gateway_that_caches_a_miss_for_ever,
         "the run finishes", TUNED),
    Case("many-replicas", "plain", "route-not-ready", parts.gateway_that_caches_a_miss_for_ever, "the run finishes",
         TUNED),
    Case("poll-404", "exactly-once", "not-found", client_that_runs_a_refused_call_anew, "no step is applied twice"),
    Case("chunked-batch", "exactly-once", "not-found", client_that_runs_a_refused_call_anew,
         "no step is applied twice"),
    Case("applied-but-unheard", "exactly-once", "not-found", parts.pod_that_forgets_its_ledger,
         "no step is applied twice"),
    Case("poisoned-warmup", "plain", "leased-generation", gateway_that_believes_its_cache, "the run finishes"),
    Case("poll-storm", "plain", "tell-gone-from-stale", gateway_that_sends_pollers_away_at_once, "nobody spins"),
    Case("thundering-herd", "exactly-once", "not-found", client_that_asks_the_moment_it_is_refused,
         "the control plane is not stormed"),
    Case("half-step", "exactly-once", "not-found", client_that_takes_no_turns, "no step is applied twice"),
    Case("moved-pod", "plain", "leased-generation", parts.pod_that_takes_whatever_comes,
         "no pod takes another jobs request"),
    Case("recreated-job", "exactly-once", "not-found", client_that_knows_jobs_by_name_alone, "a gone job fails fast"),
    Case("late-delete", "plain", "not-found", control_plane_whose_delete_does_not_look, "the run finishes"),
    Case("zombie-pod", "exactly-once", "not-found", pod_that_trains_on_when_superseded,
         "one writer per job incarnation"),
    Case("preempted-not-gone", "exactly-once", "not-found", pod_that_does_not_mark_its_checkpoints,
         "what was checkpointed can be resumed"),
    Case("preempted-not-gone", "exactly-once", "not-found", client_that_forgets_what_it_did,
         "the surviving chain is every step once"),
]  # fmt: skip


@pytest.mark.parametrize("case", MORE, ids=lambda case: f"{case.race}: {case.broken.__name__}")
def test_a_race_catches_a_broken_part(case, monkeypatch):
    """Kept as the race expects, then broken, by the promise whose business it is."""
    whole = case.play()
    assert (whole.verdict, whole.violations) == ("kept", [])
    case.broken(monkeypatch)
    parts.caught(case)


def test_every_race_and_every_promise_of_a_race_has_a_part_that_breaks_it():
    """What nothing breaks guards nothing; a scenario of orchestration is broken by its own variants."""
    cases = [*parts.CASES, *MORE]
    assert {case.race for case in cases} == set(races.names())
    staged = {promise.__name__ for name in orchestration.names() for promise in orchestration.load(name).promises}
    promises = {entry["name"] for entry in catalogue()["promises"]} - {name.replace("_", "-") for name in staged}
    assert {case.promise.replace(" ", "-") for case in cases} == promises
