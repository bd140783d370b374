"""A policy with memory gets back what it returned, each replica its own; a policy without is asked as it is."""

from dataclasses import dataclass
from typing import ClassVar

from gateway_sim.miss_policies import Refuse
from gateway_sim.miss_policies.not_found import NotFound
from gateway_sim.policy_memory import PolicyOfReplicas
from tests.gateway_sim.miss_policies.misses import miss


@dataclass(frozen=True)
class Counting:
    """A policy that answers with the number of its questions before."""

    name: ClassVar[str] = "counting"
    memory: ClassVar[int] = 0

    def on_miss(self, miss, memory):
        """Count."""
        return Refuse(404, str(memory), "", ""), memory + 1


def test_each_replica_has_a_memory_of_its_own():
    """And begins with the one that the policy declares."""
    policies = PolicyOfReplicas(Counting())
    told = [policies.of(replica).on_miss(miss()).slug for replica in ("gw-0", "gw-0", "gw-1", "gw-0")]
    assert told == ["0", "1", "0", "2"]


def test_another_gateway_of_the_same_policy_remembers_nothing():
    """The record of settings is shared between worlds, and the memory is not."""
    policy = Counting()
    told = [PolicyOfReplicas(policy).of("gw-0").on_miss(miss()).slug for _ in range(2)]
    assert told == ["0", "0"]


def test_a_policy_without_memory_is_asked_itself():
    """Nothing is kept for it."""
    policy = NotFound()
    assert PolicyOfReplicas(policy).of("gw-0") is policy
