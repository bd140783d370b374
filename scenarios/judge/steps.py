"""The optimizer steps of a run: those that pods applied, and those that were acknowledged to users. Pure."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from gateway_sim.scenarios.judge.reading import reading
from gateway_sim.scenarios.sim.events import MemberAcknowledged, StepAcknowledged, WorldBuilt
from gateway_sim.scenarios.sim.trace import Entry, Trace
from gateway_sim.trainer_pod.events import GradientsAccumulated, StepApplied

Model = tuple[str, str, str]
"""Account, job, model id: pods of two jobs number their models alike."""
PodModel = tuple[str, str, int, str]
"""Account, job, incarnation, model id: one model in one pod."""


@dataclass(frozen=True)
class Applied:
    """An optimizer step that moved the weights of a model.

    `cause` holds the gradients that it applied; without any, the model's previous step, if there was one. `extra` is
    the number of times that its batch moved the weights beyond the first. `same` are the steps of the same request, in
    order, up to this one.
    """

    entry: Entry
    cause: tuple[Entry, ...]
    extra: int
    same: tuple[Entry, ...]


@reading
def applied_steps(trace: Trace) -> Iterator[Applied]:
    """Yield each applied step.

    The user sends `batches_a_step` batches before each step. More gradients mean that a batch was counted twice; fewer
    mean a step on a part of them, or on momentum alone.
    """
    built = next(trace.of(WorldBuilt), None)
    wanted = built.event.batches_a_step if built else 1
    gradients: dict[PodModel, list[Entry]] = defaultdict(list)
    before: dict[PodModel, Entry] = {}
    of_request: dict[tuple[PodModel, int], tuple[Entry, ...]] = defaultdict(tuple)
    for entry in trace.of(GradientsAccumulated, StepApplied):
        event = entry.event
        model = (event.account, event.job, event.incarnation, event.model_id)
        if isinstance(event, GradientsAccumulated):
            gradients[model].append(entry)
            continue
        last = (before[model],) if model in before else ()
        of_request[model, event.seq_id] += (entry,)
        extra = max(event.accumulated - wanted, 1) if event.accumulated != wanted else 0
        yield Applied(entry, tuple(gradients.pop(model, last)), extra, of_request[model, event.seq_id])
        before[model] = entry


@dataclass(frozen=True)
class Acknowledged:
    """The report to one script that a step is done, and the last step that its model had applied by then, if any."""

    entry: Entry
    applied: Entry | None

    @property
    def steps(self) -> int:
        """How many steps the model had applied."""
        return self.applied.event.step if self.applied else 0

    @property
    def is_lost(self) -> bool:
        """Whether the model had applied fewer steps."""
        return bool(self.steps < self.entry.event.step)

    @property
    def words(self) -> str:
        """What was acknowledged, and to which script where there are several."""
        event = self.entry.event
        member = f" to {event.member}" if isinstance(event, MemberAcknowledged) else ""
        return f"step {event.step} was acknowledged{member}"

    @property
    def witness(self) -> tuple[Entry, ...]:
        """The applied step and the report."""
        return (self.applied, self.entry) if self.applied else (self.entry,)


@reading
def acknowledged_steps(trace: Trace) -> Iterator[Acknowledged]:
    """Yield each report of a step to a script; of a group of clients, the reports to its members.

    A script that does not know its model, such as a real SDK's, is compared with the last step of any model.
    """
    applied: dict[Model, Entry] = {}
    last: Entry | None = None
    members = trace.reached(MemberAcknowledged)
    for entry in trace.of(StepApplied, StepAcknowledged, MemberAcknowledged):
        event = entry.event
        if isinstance(event, StepApplied):
            applied[event.account, event.job, event.model_id] = last = entry
        elif event.model_id is not None:
            yield Acknowledged(entry, applied.get((event.account, event.job, event.model_id)))
        elif not members:
            yield Acknowledged(entry, last)


def final_models(trace: Trace) -> set[Model]:
    """Return the model of each member of a group of clients at its last report; none where one script trains."""
    last = {entry.event.member: entry.event for entry in trace.of(MemberAcknowledged)}
    return {(event.account, event.job, event.model_id) for event in last.values()}
