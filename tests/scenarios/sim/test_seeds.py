"""One seed, a stream for each user of chance."""

from gateway_sim.scenarios.sim.seeds import Seeds


def test_a_stream_is_the_same_for_the_same_seed_and_name() -> None:
    """Draws can be repeated, and other names and seeds give other draws."""
    drawn = Seeds(7).stream("wire").random()
    assert Seeds(7).stream("wire").random() == drawn
    assert Seeds(7).stream("balancer").random() != drawn
    assert Seeds(8).stream("wire").random() != drawn


def test_a_draw_in_one_stream_leaves_the_others_alone() -> None:
    """A new user of chance does not reshuffle the world."""
    seeds = Seeds(1)
    seeds.stream("new").random()
    assert seeds.stream("old").random() == Seeds(1).stream("old").random()
