"""Quotas in Kueue's own words."""

import math
from pathlib import Path

import pytest

from gateway_sim.control_plane.scheduling.quotas import Quota
from gateway_sim.scenarios.orchestration.fleets.queues import read_queues
from gateway_sim.scenarios.sim.errors import UsageError

RESEARCH = """\
apiVersion: kueue.x-k8s.io/v1beta1
kind: ClusterQueue
metadata: {name: research}
spec:
  cohort: lab
  queueingStrategy: StrictFIFO
  preemption:
    reclaimWithinCohort: Any
    withinClusterQueue: LowerPriority
  resourceGroups:
  - coveredResources: [cpu, nvidia.com/gpu]
    flavors:
    - name: a100
      resources:
      - {name: cpu, nominalQuota: 96}
      - {name: nvidia.com/gpu, nominalQuota: 8, borrowingLimit: 4, lendingLimit: 2}
    - name: h100
      resources:
      - {name: nvidia.com/gpu, nominalQuota: "8", borrowingLimit: 4, lendingLimit: 2}
"""
BATCH = """\
---
kind: ClusterQueue
metadata: {name: batch}
spec:
  cohort: lab
  fairSharing: {weight: 2}
  resourceGroups:
  - flavors: [{name: any, resources: [{name: nvidia.com/gpu, nominalQuota: 4}]}]
---
kind: LocalQueue
metadata: {name: q, namespace: team-a}
spec: {clusterQueue: batch}
---
kind: ResourceFlavor
metadata: {name: a100}
"""


def read(folder: Path, text: str):
    """Read queues from a file of this text."""
    path = folder / "queues.yaml"
    path.write_text(text)
    return read_queues(path)


def test_cluster_queues_are_quotas_and_local_queues_lead_to_them(tmp_path):
    """Flavors are added up; without a limit a queue borrows all that is lent; Kueue's defaults preempt none."""
    queues = read(tmp_path, RESEARCH + BATCH)
    assert queues.quotas == (
        Quota("research", 16, 8, "lab", 4, "Any", "LowerPriority", strict=True),
        Quota("batch", 4, math.inf, "lab", None, "Never", "Never"),
    )
    assert queues.queue_of == {"team-a": "batch"}
    assert queues.unread == ["fairSharing of ClusterQueue batch", "ResourceFlavor a100"]
    assert queues.preempts
    alone = read(tmp_path, BATCH.replace("  cohort: lab\n", ""))
    assert alone.quotas == (Quota("batch", 4, 0, "", None, "Never", "Never"),)
    assert not alone.preempts


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("spec:", "spec: [", "line 6, column 19: this is no YAML"),
        ("Any", "Sometimes", "ClusterQueue research: reclaimWithinCohort is 'Sometimes'; it must be one of Never"),
        ("StrictFIFO", "LIFO", "queueingStrategy is 'LIFO'; it must be one of BestEffortFIFO, StrictFIFO"),
        ("reclaimWithinCohort", "reclaimWithinCohorts", "did you mean reclaimWithinCohort?"),
        ("nominalQuota: 8,", "nominalQuota: many,", "nominalQuota is 'many'; it must be a number of GPUs"),
        ("nominalQuota: 8,", "nominalQuota: -8,", "nominalQuota is -8; it must be 0 or more"),
        ("nvidia.com/gpu, nom", "nvidia.com/cards, nom", "none of its flavors has a quota of GPUs"),
        ("kind: ClusterQueue", "kind: Queue", "there is no ClusterQueue in it"),
        ("    withinClusterQueue: LowerPriority", "    borrowWithinCohort: {policy: LowerPriority}", "is not played"),
        ("cohort: lab", "stopPolicy: Hold", "a stopped queue is not played"),
    ],
)
def test_queues_that_are_wrong_are_refused_with_their_object(tmp_path, old, new, said):
    """File, and the line or the ClusterQueue."""
    with pytest.raises(UsageError) as error:
        read(tmp_path, RESEARCH.replace(old, new))
    assert str(error.value).startswith(str(tmp_path / "queues.yaml"))
    assert said in str(error.value)


def test_a_local_queue_that_leads_nowhere_is_refused(tmp_path):
    """With the nearest name."""
    with pytest.raises(
        UsageError, match="the LocalQueue of team-a: no ClusterQueue is called 'btch'; did you mean batch"
    ):
        read(tmp_path, BATCH.replace("clusterQueue: batch", "clusterQueue: btch"))
