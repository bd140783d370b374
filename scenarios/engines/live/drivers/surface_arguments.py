"""The arguments of the calls of `surface.py`: for each parameter, by its name, a value that a healthy run would give.

A required parameter without a value here raises `NoArguments`, so that a new method of an SDK is noticed.
"""

import inspect
from datetime import UTC, datetime, timedelta

from surface_stage import TOKENS, NoArguments, Stage, negative_likelihood


def summed(data, logprobs):
    """Return a user's own loss of a batch, as `forward_backward_custom` takes it."""
    return -sum(row.sum() for row in logprobs), {}


def hour(ahead=0):
    """Return a full hour of today."""
    return datetime.now(UTC).replace(minute=0, second=0, microsecond=0) + timedelta(hours=ahead)


VALUES = {
    "base_model": lambda s: s.task["base_model"],
    "data": Stage.data,
    "loss_fn": lambda s: "cross_entropy",
    "adam_params": Stage.adam,
    "name": lambda s: next(s.names),
    "path": Stage.state_path,
    "tinker_path": Stage.state_path,
    "training_run_id": lambda s: s.kept("pair", s.run_and_checkpoint)[0],
    "checkpoint_id": lambda s: s._kept.pop("pair")[1],
    "model_path": Stage.sampler_path,
    "prompt": lambda s: s.types.ModelInput.from_ints(TOKENS),
    "num_samples": lambda s: 1,
    "sampling_params": lambda s: s.types.SamplingParams(max_tokens=2, seed=1),
    "status": lambda s: "success",
    "fn": lambda s: negative_likelihood,
    "input_ranks": lambda s: {"logprobs": 1, "weights": 1},
    "holder": lambda s: s.kept("service", s.service).holder,
    "handle": lambda s: s.current.get_sampler_handle(),
    "queue_state": Stage.queue_state,
    "queue_state_reason": lambda s: None,
    "session_id": Stage.session_id,
    "sampler_id": Stage.sampler_id,
    "project_id": lambda s: "project-1",
    "ttl_seconds": lambda s: 7200,
    "request": lambda s: s.types.SessionSearchRequest(),
    "starting_on": lambda s: hour(-2),
    "ending_before": lambda s: hour(),
    "job_id": Stage.job_id,
    "config": Stage.job_config,
    "checkpoint_name": lambda s: next(s.names),
    "adapter_path": lambda s: "accounts/acme/models/adapter",
    "num_queries": lambda s: 1,
    "temperature": lambda s: 0.05,
    "deployment_id": lambda s: "surface",
    "deployment": lambda s: "surface",
    "snapshot_identity": lambda s: "snapshot-1",
    "expected_identity": lambda s: "snapshot-1",
    "trainer_job_name": lambda s: f"accounts/{s.task['account']}/rlorTrainerJobs/{s.task['job']}",
    "timeout_s": lambda s: 60.0,
    "body": lambda s: {"displayName": "surface"},
    "update_mask": lambda s: "displayName",
    "model": lambda s: f"accounts/{s.task['account']}/models/base",
    "parent": lambda s: f"accounts/{s.task['account']}/supervisedFineTuningJobs/one",
    "output_model_id": lambda s: "promoted",
    "training_shape_id": lambda s: "accounts/gateway-sim/trainingShapes/bytes-32",
    "inference_url": lambda s: s.task["control_plane"],
    "api_key": lambda s: s.task["api_key"],
}
"""A value of each parameter, by its name, as a function of the stage."""

_JOB_CHECKPOINT = {"name": lambda s: f"accounts/{s.task['account']}/supervisedFineTuningJobs/one/checkpoints/one"}
_SESSION = {"name": lambda s: f"accounts/{s.task['account']}/trainingSessions/one"}
_DEPLOYMENT = {"config": Stage.deployment_config}
_SAME_JOB = {"job_id": lambda s: s.task["job"]}
_EXTERNAL = {"tinker_path": lambda s: f"tinker://{s.run_and_checkpoint()[0]}/external_weights/one"}
_PAIRS = {"data": lambda s: s.data() + s.data()}
_SAVED = {"path": Stage.saved_name}
_LOADS = ("load_state", "load_state_async", "load_state_with_optimizer", "load_state_with_optimizer_async")
_CUSTOM = {"loss_fn": lambda s: summed}
OWN = {
    "forward_backward_custom": _CUSTOM,
    "forward_backward_custom_async": _CUSTOM,
    "optim_step": {"optim_params": Stage.adam},
    "optim_step_async": {"optim_params": Stage.adam},
    "create_or_get": _DEPLOYMENT,
    "create_inference_deployment_sampler": _DEPLOYMENT,
    "create_sampling_client": {"base_model": lambda s: s.task["base_model"]},
    "create_sampling_client_async": {"base_model": lambda s: s.task["base_model"]},
    "create_training_client": {"base_model": lambda s: s.task["base_model"]},
    "create_reference_client": {"base_model": lambda s: s.task["base_model"]},
    "promote_checkpoint": {
        "job_id": lambda s: s.task["job"],
        "checkpoint_id": lambda s: "one",
        "output_model_id": lambda s: "promoted",
        "base_model": lambda s: "accounts/acme/models/base",
    },
    "promote_training_job_checkpoint": _JOB_CHECKPOINT,
    "promote_session_checkpoint": {"name": lambda s: f"{_SESSION['name'](s)}/checkpoints/one"},
    "list_training_session_checkpoints": _SESSION,
    "delete_training_session": _SESSION,
    "list_checkpoints": _SAME_JOB,
    "get": _SAME_JOB,
    "try_get": _SAME_JOB,
    "resume_and_wait": {"job_id": Stage.paused_job},
    "reconnect_and_wait": _SAME_JOB,
    "wait_for_existing": _SAME_JOB,
    "wait_for_ready": _SAME_JOB,
    "create": {"base_model": lambda s: s.task["base_model"]},
    "copy_weights": {"destination_project_id": lambda s: "project-1"},
    "copy_weights_async": {"destination_project_id": lambda s: "project-1"},
    "from_sampler_handle": {"api_key": lambda s: s.task["tinker_key"]},
    "get_external_weights_urls": _EXTERNAL,
    "get_external_weights_urls_async": _EXTERNAL,
    "forward_backward_contrastive": _PAIRS,
    "forward_backward_contrastive_async": _PAIRS,
    "from_firetitan_config": {
        "managed_config": Stage.provisioning,
        "base_url": lambda s: s.task["control_plane"],
        "api_key": lambda s: s.task["api_key"],
    },
    "delete": {},
    **{f"FiretitanTrainingClient.{name}": _SAVED for name in _LOADS},
}
"""Values of a method's own, also for parameters that are not required, where the method has them."""


def arguments(stage, of, method, call):
    """Return the arguments of one call. Raises `NoArguments`, which names the parameter."""
    own, words = OWN.get(f"{of}.{method}", OWN.get(method, {})), {}
    for parameter in inspect.signature(call).parameters.values():
        if parameter.kind is inspect.Parameter.VAR_KEYWORD:
            words.update({name: value(stage) for name, value in own.items() if name not in words})
        if parameter.kind in (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD):
            continue
        if parameter.name in own:
            words[parameter.name] = own[parameter.name](stage)
        elif parameter.default is inspect.Parameter.empty:
            if parameter.name not in VALUES:
                raise NoArguments(f"{of}.{method}: there is no value for the parameter {parameter.name!r}")
            words[parameter.name] = VALUES[parameter.name](stage)
    return words
