"""Reinforcement learning by tinker's own calls: the model learns to answer with letters.

It reads TINKER_BASE_URL and TINKER_API_KEY as the SDK does. The argument is the number of steps. A step samples a group
of answers from the weights of that moment. The reward of an answer is the share of its bytes that are lower-case
letters, and its advantage is its reward less the group's mean. Each line of output is the mean reward of a step.
"""

import sys

from tinker import AdamParams, Datum, ModelInput, SamplingParams, ServiceClient, TensorData

STEPS = int(sys.argv[1]) if len(sys.argv) > 1 else 16
GROUP = 16
PROMPT = list(b"Say a word: ")
ANSWER = SamplingParams(max_tokens=8, temperature=1.0, seed=1)


def reward(tokens):
    """Return the share of lower-case letters among the bytes of an answer."""
    return sum(ord("a") <= token <= ord("z") for token in tokens) / len(tokens)


def example(sequence, advantage):
    """Return a sampled answer after its prompt; the prompt's bytes have no advantage."""
    whole, asked = PROMPT + sequence.tokens, len(PROMPT) - 1
    inputs = {
        "target_tokens": TensorData(data=whole[1:], dtype="int64", shape=[len(whole) - 1]),
        "logprobs": _floats([0.0] * asked + list(sequence.logprobs)),
        "advantages": _floats([0.0] * asked + [advantage] * len(sequence.tokens)),
    }
    return Datum(model_input=ModelInput.from_ints(whole[:-1]), loss_fn_inputs=inputs)


def _floats(values):
    return TensorData(data=values, dtype="float32", shape=[len(values)])


def main():
    """Train, and print the mean reward of each step's answers."""
    client = ServiceClient().create_lora_training_client("gateway-sim/bytes-32", rank=8, seed=1)
    for step in range(1, STEPS + 1):
        sampler = client.save_weights_and_get_sampling_client()
        params = ANSWER.model_copy(update={"seed": step})
        answers = sampler.sample(ModelInput.from_ints(PROMPT), GROUP, params).result().sequences
        rewards = [reward(answer.tokens) for answer in answers]
        mean = sum(rewards) / len(rewards)
        data = [example(answer, one - mean) for answer, one in zip(answers, rewards, strict=True)]
        client.forward_backward(data, "importance_sampling").result()
        client.optim_step(AdamParams(learning_rate=0.03)).result()
        print(f"step {step} reward {mean:.4f}", flush=True)


if __name__ == "__main__":
    main()
