"""From words to things: what is known is found, what is not is answered with the nearest that is."""

import dataclasses
from dataclasses import dataclass

import pytest

from gateway_sim.miss_policies.route_not_ready import RouteNotReady
from gateway_sim.scenarios.run.plans import race_plan
from gateway_sim.scenarios.run.spec import RunSpec
from gateway_sim.scenarios.sim.errors import SettingsRefused, UnknownWord, check
from gateway_sim.scenarios.sim.registry import classes, summary
from gateway_sim.scenarios.world.policies import client_policies, gateway_policies
from gateway_sim.scenarios.world.setting_words import apply_settings, changed_words
from gateway_sim.scenarios.world.settings import Settings, check_settings


@dataclass(frozen=True)
class Sample:
    """A thing with a field of every kind that a word can set, and one that none can."""

    count: int = 1
    wait_s: float = 0.5
    word: str = "fixed"
    eager: bool = False
    limit_s: float | None = 2.0
    waits_s: tuple[float, ...] = (1.0, 2.0)


def applied(**words):
    """Return a sample with words applied."""
    (sample,) = apply_settings(words, Sample())
    return sample


def test_a_word_that_is_known_is_returned():
    """And nothing else happens."""
    assert check("race", "healthy", ["healthy", "fresh-route"]) == "healthy"


@pytest.mark.parametrize(
    ("word", "hint"),
    [
        ("fresh-rout", "did you mean fresh-route?"),
        ("Healthy", "did you mean healthy?"),
        ("xyzzy", "there are: fresh-route, healthy"),
        ("", "there are: fresh-route, healthy"),
    ],
)
def test_a_word_that_is_not_known_is_answered_with_the_nearest(word, hint):
    """Or with all there are, in order, where none is near."""
    with pytest.raises(UnknownWord) as error:
        check("race", word, ["healthy", "fresh-route"])
    assert str(error.value) == f"no race is called {word!r}; {hint}"


@pytest.mark.parametrize(
    ("spec", "sentence"),
    [
        (RunSpec("fresh-rout"), "no race is called 'fresh-rout'; did you mean fresh-route?"),
        (RunSpec("healthy", client="blanket"), "no client policy is called 'blanket'; did you mean blanket-404?"),
        (RunSpec("healthy", gateway="notfound"), "no gateway policy is called 'notfound'; did you mean not-found?"),
        (RunSpec("healthy", sdk="tinker0.15"), "no SDK profile is called 'tinker0.15'; did you mean tinker-0.15?"),
        (RunSpec("healthy", balance="per-conn"), "no balance is called 'per-conn'; did you mean per-connection?"),
        (RunSpec("healthy", engine="virtul"), "no engine is called 'virtul'; did you mean virtual?"),
        (RunSpec("healthy", settings={"lags": "3"}), "no setting is called 'lags'; did you mean lag_s?"),
    ],
)
def test_every_word_of_a_run_is_checked_before_anything_runs(spec, sentence):
    """Each kind by its own name."""
    with pytest.raises(UnknownWord) as error:
        race_plan(spec)
    assert str(error.value) == sentence


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ({"count": "3"}, Sample(count=3)),
        ({"wait_s": "3"}, Sample(wait_s=3.0)),
        ({"wait_s": "1e-3"}, Sample(wait_s=0.001)),
        ({"word": "none"}, Sample(word="none")),
        ({"word": ""}, Sample(word="")),
        ({"eager": "true"}, Sample(eager=True)),
        ({"eager": "False"}, Sample(eager=False)),
        ({"limit_s": "7"}, Sample(limit_s=7.0)),
        ({"limit_s": "none"}, Sample(limit_s=None)),
        ({"limit_s": "None"}, Sample(limit_s=None)),
        ({"limit_s": "default"}, Sample(limit_s=None)),
        ({"limit_s": ""}, Sample(limit_s=None)),
        ({}, Sample()),
        ({"count": "2", "word": "uniform"}, Sample(count=2, word="uniform")),
    ],
)
def test_a_word_becomes_a_value_of_its_fields_kind(words, wanted):
    """Numbers, words, yes and no, and none where none is allowed."""
    assert applied(**words) == wanted


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ({"count": "three"}, "count=three: it must be a whole number"),
        ({"count": "1.5"}, "count=1.5: it must be a whole number"),
        ({"count": ""}, "count=: it must be a whole number"),
        ({"count": "none"}, "count=none: it must be a whole number"),
        ({"wait_s": "soon"}, "wait_s=soon: it must be a number (seconds)"),
        ({"limit_s": "soon"}, "limit_s=soon: it must be a number (seconds)"),
        ({"eager": "yes"}, "eager=yes: write true or false"),
        ({"count": "-1"}, "count is -1; it must be 0 or more"),
        ({"wait_s": "inf"}, "wait_s is inf; it must be a finite number"),
        ({"wait_s": "nan"}, "wait_s is nan; it must be a finite number"),
    ],
)
def test_a_value_that_does_not_fit_says_what_would(words, sentence):
    """Before anything is changed."""
    with pytest.raises(SettingsRefused) as error:
        applied(**words)
    assert str(error.value) == sentence


def test_a_policys_setting_without_the_policy_names_its_owners():
    """Every gateway policy and client policy that has it; a name that nothing has is answered with the nearest."""
    for name, owners in (
        ("max_retries", "client warmup-verified"),
        ("check_every_s", "gateway hold, gateway leased-generation"),
    ):
        with pytest.raises(SettingsRefused) as error:
            apply_settings({name: "3"}, Sample())
        assert str(error.value) == f"{name} is a setting of: {owners}; none of them takes part here"


def test_a_setting_that_has_an_old_name_of_another_is_no_old_name():
    """`lacks` is called `omits` now, but not in a record that has `lacks`."""
    lacking = dataclasses.make_dataclass("lacking", [("lacks", str, "")])
    omitting = dataclasses.make_dataclass("omitting", [("omits", str, "")])
    assert apply_settings({"lacks": "rng"}, lacking(), omitting()) == [lacking("rng"), omitting()]
    assert apply_settings({"lacks": "rng"}, omitting()) == [omitting("rng")]


def test_changed_settings_are_told_as_the_words_that_change_them():
    """What is as it comes is left out; a number has no zeros behind it, and a field that no word sets is none."""
    changed = Sample(count=3, wait_s=2.0, word="none", eager=True, limit_s=None, waits_s=())
    words = {"count": "3", "wait_s": "2", "word": "none", "eager": "True", "limit_s": "None"}
    assert changed_words(changed) == words
    assert applied(**words) == dataclasses.replace(changed, waits_s=Sample().waits_s)
    assert changed_words(Sample()) == {}


def test_a_field_that_no_word_can_hold_is_no_setting():
    """A tuple has no word; the hint names one that has."""
    with pytest.raises(UnknownWord, match=r"no setting is called 'waits_s'; did you mean wait_s\?"):
        applied(waits_s="1")


def test_settings_find_the_thing_that_has_them():
    """World, gateway and client take theirs, in one call, and stay as they were otherwise."""
    words = {"hold_poll_s": "1", "lag_s": "4"}
    world, gateway, sample = apply_settings(words, Settings(), RouteNotReady(), Sample())
    assert (world, gateway, sample) == (Settings(lag_s=4.0), RouteNotReady(hold_poll_s=1.0), Sample())


def test_of_two_things_with_the_setting_the_first_has_it():
    """The world comes before the policies."""
    first, second = apply_settings({"count": "5"}, Sample(), Sample())
    assert (first.count, second.count) == (5, 1)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ({"lag_s": "-1"}, "lag_s is -1.0; it must be 0 or more"),
        ({"lag_s": "nan"}, "lag_s is nan; it must be a finite number"),
        ({"horizon_s": "inf"}, "horizon_s is inf; it must be a finite number"),
        ({"replicas": "0"}, "replicas is 0; it must be 1 or more"),
        ({"steps": "0"}, "steps is 0; it must be 1 or more"),
        ({"stale": "4"}, "stale is 4, but there are only 3 replicas"),
        ({"pod_hold_s": "40"}, "pod_hold_s is 40; it must be below 40, the SDK waits 45"),
        ({"law": "gauss"}, "law is gauss; it must be one of fixed, uniform, exponential, simpledb-step"),
        ({"order": "up"}, "order is up; it must be one of round-robin, random"),
    ],
)
def test_a_world_that_contradicts_itself_is_refused(words, sentence):
    """In one sentence that says what it must be."""
    with pytest.raises(SettingsRefused) as error:
        apply_settings(words, Settings())
    assert str(error.value) == sentence


@pytest.mark.parametrize(
    ("client", "gateway", "words", "sentence"),
    [
        ("plain", "hold", {"check_every_s": "0"}, "check_every_s is 0.0; it must be 0.01 or more"),
        ("plain", "hold", {"check_every_s": "-1"}, "check_every_s is -1.0; it must be 0.01 or more"),
        ("plain", "hold", {"longest_s": "nan"}, "longest_s is nan; it must be a finite number"),
        ("plain", "leased-generation", {"check_every_s": "0"}, "check_every_s is 0.0; it must be 0.01 or more"),
        ("plain", "leased-generation", {"gone_status": "200"}, "gone_status is 200; it must be one of 404, 410"),
        ("plain", "route-not-ready", {"hold_poll_s": "inf"}, "hold_poll_s is inf; it must be a finite number"),
        ("plain", "retry-lookup", {"lookups": "-1"}, "lookups is -1; it must be 0 or more"),
        ("exactly-once", "not-found", {"first_s": "-0.5"}, "first_s is -0.5; it must be 0 or more"),
        ("warmup-verified", "not-found", {"max_retries": "-1"}, "max_retries is -1; it must be 0 or more"),
    ],
)
def test_a_policys_settings_are_checked_as_the_worlds_are(client, gateway, words, sentence):
    """A wait in which no time passes would spin for ever, and a 200 says nothing of what is gone."""
    with pytest.raises(SettingsRefused) as error:
        race_plan(RunSpec("fresh-route", client, gateway, settings=words))
    assert str(error.value) == sentence


@pytest.mark.parametrize("kind", [*client_policies().values(), *gateway_policies().values()], ids=lambda k: k.name)
def test_every_policy_is_within_its_own_limits(kind):
    """As it comes."""
    check_settings(kind())


def test_the_folder_is_the_registry():
    """A policy is there because its file is."""
    assert set(client_policies()) >= {"plain", "blanket-404", "warmup-verified"}
    assert set(gateway_policies()) >= {"not-found", "route-not-ready"}
    assert classes("gateway_sim.client.retry_policies") == client_policies()


def test_a_summary_is_the_first_line_of_what_a_thing_says_of_itself():
    """And nothing where it says nothing."""
    assert summary(Sample) == "A thing with a field of every kind that a word can set, and one that none can."
    assert summary(type("Silent", (), {})) == ""
