"""Supervised fine-tuning by fireworks-ai's own calls: by a training shape, with checkpoints, resumed when it dies.

It reads FIREWORKS_BASE_URL and FIREWORKS_API_KEY as the SDK does, and the job's name from GATEWAY_SIM_JOB; the job is
made if it is not there. Arguments: the number of steps, and `--once` for a single attempt. Each line of output is the
mean loss of a step, a checkpoint, or what an attempt died of.
"""

import os
import sys
import time

from fireworks.training.sdk import (
    AdamParams,
    Datum,
    FiretitanServiceClient,
    ModelInput,
    TensorData,
    TrainerJobConfig,
    TrainerJobManager,
)

SHAPE = "accounts/gateway-sim/trainingShapes/bytes-32"
BASE_MODEL = "gateway-sim/bytes-32"
RANK = 8
STEPS = int(sys.argv[1]) if len(sys.argv) > 1 else 8
SAVE_EVERY = 2
ATTEMPTS = 5
PAIRS = [(f"What is {a} plus {b}?", f" {a} plus {b} is {a + b}.") for a in range(1, 9) for b in range(1, 9)]
BATCH = 16


def example(question, answer):
    """Return a question and its answer as the bytes that follow one another; the answer alone counts."""
    asked, whole = len(question.encode()), list((question + answer).encode())
    targets, weights = whole[1:], [0.0] * (asked - 1) + [1.0] * (len(whole) - asked)
    inputs = {
        "target_tokens": TensorData(data=targets, dtype="int64", shape=[len(targets)]),
        "weights": TensorData(data=weights, dtype="float32", shape=[len(weights)]),
    }
    return Datum(model_input=ModelInput.from_ints(whole[:-1]), loss_fn_inputs=inputs)


def batch(step):
    """Return the examples of a step."""
    first = step * BATCH % len(PAIRS)
    return [example(*pair) for pair in PAIRS[first : first + BATCH]]


def newest(manager, job):
    """Return the name of the job's last checkpoint of training, by the control plane; None without one."""
    saved = [row for row in manager.list_checkpoints(job) if "_TRAINING" in row["checkpointType"]]
    return saved[-1]["name"].rpartition("/")[2] if saved else None


def train(manager, endpoint):
    """Train from the job's last checkpoint to the last step, and save."""
    service = FiretitanServiceClient(base_url=endpoint.base_url, api_key=os.environ["FIREWORKS_API_KEY"])
    client = service.create_training_client(base_model=BASE_MODEL, lora_rank=RANK)
    begin, saved = 0, newest(manager, endpoint.job_id)
    if saved is not None:
        path = client.resolve_checkpoint_path(saved, source_job_id=endpoint.job_id)
        client.load_state_with_optimizer(path).result()
        begin = int(saved.removeprefix("step-"))
        print(f"resumed {path}", flush=True)
    for step in range(begin, STEPS):
        data = batch(step)
        answer = client.forward_backward(data, "cross_entropy").result()
        client.optim_step(AdamParams(learning_rate=0.01)).result()
        answered = sum(sum(datum.loss_fn_inputs["weights"].data) for datum in data)
        print(f"step {step + 1} loss {answer.metrics['loss:sum'] / answered:.4f}", flush=True)
        if (step + 1) % SAVE_EVERY == 0:
            client.save_state(f"step-{step + 1}").result()
    client.save_weights_for_sampler_ext("final", checkpoint_type="base")
    service.close()


def main():
    """Make the trainer, train, and go on from the last checkpoint when an attempt dies."""
    manager = TrainerJobManager(api_key=os.environ["FIREWORKS_API_KEY"], base_url=os.environ["FIREWORKS_BASE_URL"])
    profile = manager.resolve_training_profile(SHAPE)
    print(f"shape {profile.training_shape_version} reads {profile.max_supported_context_length} tokens", flush=True)
    config = TrainerJobConfig(
        base_model=BASE_MODEL,
        lora_rank=RANK,
        training_shape_ref=profile.training_shape_version,
        requested_job_id=os.environ["GATEWAY_SIM_JOB"],
    )
    endpoint = manager.create_and_wait(config)
    for attempt in range(1, ATTEMPTS + 1):
        try:
            train(manager, endpoint)
            break
        except Exception as error:
            print(f"attempt {attempt} died of {type(error).__name__}: {error}"[:200], flush=True)
            if attempt == ATTEMPTS or "--once" in sys.argv:
                raise
            time.sleep(10)
            endpoint = manager.reconnect_and_wait(endpoint.job_id)
    for row in manager.list_checkpoints(endpoint.job_id):
        print(f"checkpoint {row['name'].rpartition('/')[2]} {row['checkpointType']}", flush=True)
    manager.close()


if __name__ == "__main__":
    main()
