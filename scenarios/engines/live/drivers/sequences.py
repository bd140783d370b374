"""A sampling client of a real SDK: it is made from the model's weights of now, and draws one sequence after another."""


def draw(types, client, verb, say):
    """Save the model's weights for a sampler, and draw a sequence for each of the verb's parameters.

    A line is said for each; returns the facts of the whole.
    """
    saved = _result(client.save_weights_for_sampler(verb["name"]))
    sampler = _result(client.create_sampling_client(saved if isinstance(saved, str) else saved.path))
    prompt = types.ModelInput.from_ints(tokens=verb["prompt"])
    for number, params in enumerate(verb["params"]):
        asked = types.SamplingParams(**params)
        sequence = _result(sampler.sample(prompt=prompt, num_samples=1, sampling_params=asked)).sequences[0]
        logprobs = [float(value) for value in sequence.logprobs]
        say("drew", sequence=number, tokens=list(sequence.tokens), logprobs=logprobs)
    return {"sequences": len(verb["params"])}


def _result(pending):
    """Return the result of a call: some versions return it, others a future of it."""
    return pending.result() if hasattr(pending, "result") else pending
