"""The memory of a miss policy, one for each replica. Pure.

A policy stays a function: it gets its memory with each question, and returns the next one with its answer.
"""

from typing import Any, Generic, TypeVar

from gateway_sim.miss_policies.answers import Answer, Miss, MissPolicy, PolicyWithMemory

M = TypeVar("M")


class Remembering(Generic[M]):
    """A policy with the memory of one replica; it is asked as a policy without memory is."""

    def __init__(self, policy: PolicyWithMemory[M]) -> None:
        self.memory: M = policy.memory
        self._policy = policy

    def on_miss(self, miss: Miss) -> Answer:
        """Ask the policy, and keep what it remembers."""
        answer, self.memory = self._policy.on_miss(miss, self.memory)
        return answer


class PolicyOfReplicas:
    """Gives each replica's policy by the replica's name: with a memory of its own if the policy declares one."""

    def __init__(self, policy: MissPolicy | PolicyWithMemory[Any]) -> None:
        self._policy: Any = policy
        self._remembering: dict[str, Any] | None = {} if hasattr(policy, "memory") else None

    def of(self, replica: str) -> MissPolicy:
        """Return the policy of a replica."""
        if self._remembering is not None and replica not in self._remembering:
            self._remembering[replica] = Remembering(self._policy)
        policy: MissPolicy = self._policy if self._remembering is None else self._remembering[replica]
        return policy
