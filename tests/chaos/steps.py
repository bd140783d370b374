"""The steps of a run, read from its journal by a rule of its own that shares no code with the promises."""

from collections.abc import Sequence
from typing import Any


def faults(journal: Sequence[dict[str, Any]]) -> list[str]:
    """Return a sentence for each step that was lost, applied twice or acknowledged without being applied.

    The user saves after each step and goes on once the save is answered, so at step n the checkpoint n - 1 is safe.
    """
    found: list[str] = []
    stands: dict[tuple[Any, Any], int] = {}
    numbers: set[tuple[Any, Any, Any]] = set()
    saved: dict[str, int] = {}
    safe = acknowledged = 0
    for line in journal:
        model = (line.get("incarnation"), line.get("model_id"))
        match line["event"]:
            case "StateSaved":
                saved[line["path"]] = line["step"]
            case "StateLoaded":
                if saved.get(line["path"]) != line["step"]:
                    found.append(f"a pod loaded {line['path']} as step {line['step']}, which was not saved so")
                if line["step"] < safe:
                    found.append(f"step {safe} was in a checkpoint, and a pod began again at {line['step']}")
                loaded = line["step"]
                stands = {pod: at for pod, at in stands.items() if pod[0] != line["incarnation"]}
                stands[line["incarnation"], None] = loaded
            case "StepApplied":
                began = stands.get((line["incarnation"], None), 0)
                before = stands.get(model, began)
                if line["step"] != before + 1:
                    found.append(f"step {line['step']} was applied to a model of {before} steps")
                if before < safe and model not in stands:
                    found.append(f"step {safe} was in a checkpoint, and a model began at {before}")
                if (*model, line["seq_id"]) in numbers:
                    found.append(f"request {line['seq_id']} of {model} was applied twice")
                numbers.add((*model, line["seq_id"]))
                stands[model] = line["step"]
            case "UserThought":
                safe = acknowledged
            case "StepAcknowledged":
                if line["step"] != acknowledged + 1:
                    found.append(f"step {line['step']} was acknowledged after step {acknowledged}")
                acknowledged = line["step"]
    return found


def whole(journal: Sequence[dict[str, Any]]) -> list[str]:
    """Return a sentence for what a run that ended well lacks: all its steps, and the undisturbed run's weights."""
    told = {line["event"]: line for line in journal}
    built, applied = told["WorldBuilt"], told["StepApplied"]
    found = [] if told["StepAcknowledged"]["step"] == built["steps"] else ["not all steps were acknowledged"]
    if applied["weights"] != built["undisturbed"]:
        found.append("the weights are not those of the undisturbed run")
    return found
