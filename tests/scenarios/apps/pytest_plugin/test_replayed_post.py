"""A POST that landed after its client gave it up is sent again (zernio-python 42, anthropic-sdk-java 370)."""

import textwrap

import pytest

pytest_plugins = ["pytester"]

CLIENT = '''
import json
import time
import urllib.error
import urllib.request


class Bare:
    """A training client of a user's: one POST at a time; `anew` sends a repeated one under the next number."""

    def __init__(self, stack, *, anew):
        self.url, self.key, self.anew, self.number = stack.trainer_url, stack.api_key, anew, 0
        session = self.post("create_session", {"tags": [], "user_metadata": {}}, 30)["session_id"]
        model = {"session_id": session, "model_seq_id": 0, "base_model": stack.base_model,
                 "lora_config": {"rank": stack.lora_rank}}
        self.model = self.result(self.post("create_model", model, 30)["request_id"])["model_id"]

    def post(self, route, body, timeout_s):
        headers = {"content-type": "application/json", "X-API-Key": self.key}
        request = urllib.request.Request(f"{self.url}/api/v1/{route}", json.dumps(body).encode(), headers)
        with urllib.request.urlopen(request, timeout=timeout_s) as answer:
            return json.load(answer)

    def result(self, request_id):
        while True:
            try:
                return self.post("retrieve_future", {"request_id": request_id}, 45)
            except urllib.error.HTTPError as error:
                if error.code != 408:
                    raise

    def call(self, route, body):
        self.number += 1
        for attempt in range(4):
            self.number += bool(attempt and self.anew)
            try:
                asked = {**body, "model_id": self.model, "seq_id": self.number}
                return self.result(self.post(route, asked, 0.6)["request_id"])
            except TimeoutError:
                time.sleep(0.05)
        raise TimeoutError(route)
'''
TEST = """
import pytest
from bare import Bare
from gateway_sim.scenarios.faults.next_reply import DelayedReply


@pytest.mark.race("healthy", steps=3, engine="virtual")
@pytest.mark.parametrize("anew", [True, False], ids=["as-a-new-request", "as-the-same-request"])
def test_replay(anew, live_stack):
    client = Bare(live_stack, anew=anew)
    for number, batch in enumerate(live_stack.batches):
        if number == 1:
            live_stack.inject(DelayedReply("forward_backward", by_s=1.5))
        client.call("forward_backward", {"forward_backward_input": {"data": batch, "loss_fn": "cross_entropy"}})
        client.call("optim_step", {"adam_params": live_stack.adam})
"""


@pytest.mark.slow
def test_a_batch_that_is_sent_anew_counts_twice_and_the_evidence_says_so(pytester):
    """No exception is seen; the promises about the run find it. Sent as the same request, the pod knows it."""
    pytester.makepyfile(bare=textwrap.dedent(CLIENT), test_replay=textwrap.dedent(TEST))
    result = pytester.runpytest_subprocess("-q")
    result.assert_outcomes(passed=1, failed=1)
    failed = result.stdout.str()
    assert "as-a-new-request] - " in failed.partition("short test summary")[2]
    result.stdout.fnmatch_lines(["*the weights equal the undisturbed run's*"])
    result.stdout.fnmatch_lines(["*without the faults that the test injected*"])
