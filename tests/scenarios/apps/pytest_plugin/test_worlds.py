"""Which worlds a test's marks name, and what a mark that names none is told."""

import pytest

from gateway_sim.scenarios.apps.pytest_plugin.worlds import LIMIT_S, SETTLE_S, WorldRefused, worlds


def ids(*marks):
    """Return the names of the worlds of these marks, each its arguments and its settings."""
    return [world.id for world in worlds(marks)]


def test_a_test_without_a_mark_runs_in_the_healthy_world():
    """The fixture alone is enough to begin with."""
    assert ids() == ["healthy-not-found"]


def test_a_mark_is_every_combination_it_lists():
    """Races, gateway policies, balances and seeds; what does not vary is not in the name."""
    listed = {"gateway": ["not-found", "hold"], "balance": ["per-connection", "per-request"]}
    assert ids((("healthy",), listed)) == [
        "healthy-not-found-per-connection",
        "healthy-not-found-per-request",
        "healthy-hold-per-connection",
        "healthy-hold-per-request",
    ]
    assert ids((("healthy", "fresh-route"), {"seeds": 2})) == [
        "healthy-not-found-seed0",
        "healthy-not-found-seed1",
        "fresh-route-not-found-seed0",
        "fresh-route-not-found-seed1",
    ]


def test_a_mark_may_name_gateways_of_the_users_own():
    """Each command is a world, with its instances as replicas, and with one that does not lag."""
    own = {"gateway_command": ["python gateway.py", "python gateway.py --fixed"], "gateway_replicas": 2}
    found = worlds([(("fresh-route",), own)])
    assert [world.id for world in found] == ["fresh-route-python gateway.py", "fresh-route-python gateway.py --fixed"]
    plan = found[1].plan
    assert (plan.settings.replicas, plan.settings.stale, plan.expected) == (2, 1, None)
    assert plan.spec.own_gateway is not None
    with pytest.raises(WorldRefused, match="leave it out beside one of yours"):
        worlds([((), {"gateway": "hold", "gateway_command": "python gateway.py"})])
    with pytest.raises(WorldRefused, match="real sockets"):
        worlds([((), {"engine": "virtual", "gateway_command": "python gateway.py"})])


def test_several_marks_are_several_worlds():
    """Each with settings of its own, in the words of `--set`."""
    found = worlds([(("healthy",), {"steps": 1}), (("fresh-route",), {"lag_s": 2.5, "settle_s": 3})])
    assert [(world.id, world.settle_s) for world in found] == [
        ("healthy-not-found", SETTLE_S),
        ("fresh-route-not-found", 3),
    ]
    assert (found[0].plan.settings.steps, found[1].plan.settings.lag_s) == (1, 2.5)
    assert {world.plan.spec.engine for world in found} == {"live"}


def test_an_engine_is_the_marks_own_word():
    """It is not a setting, and the name of the world is the same."""
    (found,) = worlds([(("fresh-route",), {"engine": "virtual"})])
    assert (found.id, found.plan.spec.engine) == ("fresh-route-not-found", "virtual")


def test_a_test_that_hangs_is_ended_before_its_ci_is():
    """At a limit of the plugin's, or of its mark's."""
    assert [world.limit_s for world in worlds([((), {}), ((), {"limit_s": 7})])] == [LIMIT_S, 7]


@pytest.mark.parametrize(
    ("races", "words", "sentence"),
    [
        ([object], {}, "<class 'object'> is not the name of a race: write it as a string, such as 'fresh-route'"),
        (["fresh-rout"], {}, "no race is called 'fresh-rout'; did you mean fresh-route?"),
        ([], {"gateway": "not-fond"}, "no gateway policy is called 'not-fond'; did you mean not-found?"),
        ([], {"engine": "virtuel"}, "no engine is called 'virtuel'; did you mean virtual?"),
        ([], {"stal": 1}, "no setting is called 'stal'; did you mean stale?"),
        ([], {"steps": "many"}, "steps=many: it must be a whole number"),
        ([], {"stale": 9}, "stale is 9, but there are only 3 replicas"),
    ],
)
def test_a_wrong_word_is_answered_with_the_nearest(races, words, sentence):
    """As on the command line."""
    with pytest.raises(WorldRefused) as refused:
        worlds([(races, words)])
    assert str(refused.value) == f"@pytest.mark.race: {sentence}"
