"""Look again in the same replica before answering 404."""

from gateway_sim.miss_policies import Wait
from gateway_sim.miss_policies.retry_lookup import RetryLookup
from tests.gateway_sim.miss_policies.misses import miss


def test_retry_lookup_looks_five_times_more_and_then_says_404():
    """Bounded: after a second of looking the answer is today's."""
    policy = RetryLookup()
    assert [policy.on_miss(miss(waited_s=n * 0.2)) for n in range(5)] == [Wait(0.2)] * 5
    assert policy.on_miss(miss(waited_s=1.0)).status == 404
    assert policy.on_miss(miss(waited_s=0.99)) == Wait(0.2)
