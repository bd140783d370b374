"""What this client must survive, each in a world where it happens."""

import pytest
from tinytrain import Trainer


@pytest.mark.race("poll-404", gateway="not-found", steps=2, forward_backward_s=1.2, pod_hold_s=0.2, fault_s=0.5)
def test_training_survives_a_route_that_is_lost_while_a_result_is_polled(live_stack):
    """Train to the end; that each batch counts once is for the race's promises to say."""
    trainer = Trainer(live_stack.trainer_url, live_stack.api_key, live_stack.base_model, live_stack.lora_rank)
    for batch in live_stack.batches:
        trainer.step(batch, live_stack.adam)
