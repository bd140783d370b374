"""What every guest of the tests sends: a session, a model, and two steps on one example."""

import os

JOB_URL = os.environ["GATEWAY_SIM_JOB_URL"]
HEADERS = {"X-API-Key": os.environ["GATEWAY_SIM_API_KEY"], "Connection": "close"}
AGAIN = (404, 408, 503)
STEPS = 2


def url(route):
    """Return the address of a route of the trainer."""
    return f"{JOB_URL}/api/v1/{route}"


def example():
    """Return a batch of one example, in the form of tinker's protocol."""
    inputs = {
        "target_tokens": {"data": [2, 3], "dtype": "int64", "shape": [2]},
        "weights": {"data": [1.0, 1.0], "dtype": "float32", "shape": [2]},
    }
    return [{"model_input": {"chunks": [{"type": "encoded_text", "tokens": [1, 2]}]}, "loss_fn_inputs": inputs}]


def calls(model_id):
    """Yield the route and the body of each call of the training."""
    for step in range(STEPS):
        batch = {"data": example(), "loss_fn": "cross_entropy"}
        yield "forward_backward", {"forward_backward_input": batch, "model_id": model_id, "seq_id": 2 * step + 1}
        yield "optim_step", {"adam_params": {"learning_rate": 1e-3}, "model_id": model_id, "seq_id": 2 * step + 2}


SESSION = {"tags": [], "user_metadata": {}, "sdk_version": "0"}


def model_of(session_id):
    """Return the body that makes a model."""
    return {"session_id": session_id, "model_seq_id": 0, "base_model": "m", "lora_config": {"rank": 4}}
