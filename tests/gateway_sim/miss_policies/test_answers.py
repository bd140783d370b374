"""The answers that a miss policy may give."""

import pytest

from gateway_sim.miss_policies import Wait


@pytest.mark.parametrize("for_s", [0.0, -1.0, float("nan")])
def test_a_wait_in_which_no_time_passes_is_a_mistake(for_s):
    """The policy would be asked again for ever, within one moment."""
    with pytest.raises(ValueError, match="more than 0 s"):
        Wait(for_s)
