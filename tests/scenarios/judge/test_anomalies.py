"""The sightings of a run and of many runs: their counts, and the shortest witness."""

from gateway_sim.client.events import CallSent
from gateway_sim.events import RequestRefused, RouteMissed, RoutePublished
from gateway_sim.scenarios.judge.anomalies import Sighting, Sightings, counts, sightings
from gateway_sim.scenarios.judge.promises import Violation
from gateway_sim.scenarios.sim.events import RunStarted
from gateway_sim.scenarios.sim.trace import Trace

PUBLISHED = RoutePublished("acme", "job-1", 1, "pod:1")
MISSED, REFUSED = RouteMissed("gw-1", "acme", "job-1", "poll"), RequestRefused("gw-1", "poll", 404, "route-not-found")
POLL = CallSent("poll", "/p", None, "req-1")


def test_a_run_is_told_each_anomaly_once_with_its_count_and_its_shortest_witness(history):
    """In alphabetical order; of two witnesses with as many entries the one of fewer seconds is shorter."""
    stale = [(0.0, PUBLISHED), (1.0, MISSED), (1.5, REFUSED), (2.0, MISSED), (2.25, REFUSED)]
    trace = history(*stale, *((3.0 + n / 30, POLL) for n in range(22)))
    spin, stale_404 = sightings(trace)
    assert (spin.anomaly, spin.count, stale_404.anomaly, stale_404.count) == ("spin", 1, "stale-404", 2)
    assert stale_404.shortest.witness == tuple(trace.entries[:3])
    assert counts(trace) == {"spin": 1, "stale-404": 2}
    assert counts(Trace()) == {}


def test_a_sighting_is_exact_to_the_microsecond_in_its_document(history):
    """With the whole entries of its witness."""
    trace = history((1.5, RunStarted(1)), (2.25, RunStarted(2)))
    document = Sighting("spin", 3, Violation("too fast", 2.123456789, tuple(trace.entries))).document()
    assert document == {
        "anomaly": "spin", "count": 3, "message": "too fast", "at_s": 2.123457,
        "witness": [entry.document() for entry in trace.entries],
    }  # fmt: skip


def test_many_runs_are_counted_and_the_shortest_witness_is_kept_with_its_seed(history):
    """A later one of the same length does not take its place."""
    entries = tuple(history(*((float(n), RunStarted(n)) for n in range(4))).entries)

    def seen(count: int, witness: int, at_s: float = 3.0) -> list[Sighting]:
        return [Sighting("spin", count, Violation("", at_s, entries[:witness]))]

    many = Sightings()
    for seed, one in enumerate([seen(2, 3), [], seen(1, 2), seen(1, 2), seen(5, 4)]):
        many.add(seed, one)
    assert (many.runs, many.times) == ({"spin": 4}, {"spin": 9})
    assert many.shortest == {"spin": (2, seen(1, 2)[0])}


def test_violations_are_compared_by_the_length_of_their_witness(history):
    """The entries, then the seconds that they span to the microsecond, then when it happened; text has a line each."""
    trace = history((1.0, RunStarted(1)), (2.0, RunStarted(2)))
    first, second = trace.entries
    assert Violation.of("", first, second).length == (2, 1.0, 2.0)
    assert Violation("", 2.00000049, (first,)).length == (1, 1.0, 2.00000049)
    assert Violation("", 4.0).length == (0, 0.0, 4.0)
    assert Violation.of("", first, second).text() == trace.text()
