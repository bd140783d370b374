"""A run, call by call, as JSON lines: what the user was told, and between it what the pod did."""

import json

import pytest

from gateway_sim.client.events import CallSent
from gateway_sim.scenarios.apps.cli import main
from gateway_sim.scenarios.judge.calls import call_lines
from gateway_sim.scenarios.sim import events
from gateway_sim.scenarios.sim.trace import Trace
from gateway_sim.trainer_pod.events import StepApplied


def test_each_call_is_a_line_with_what_it_returned_or_raised_and_the_pod_says_what_it_did():
    """The exception by the name that its user sees; requests are left out, for no user calls them."""
    trace = Trace()
    trace.clock(lambda: 1.23456)
    user, pod = trace.emitter("user"), trace.emitter("pod-job-1-1")
    user(events.CallReturned("forward_backward", 0.2, {"loss": 7.5}))
    trace.emitter("client")(CallSent("dispatch", "/api/v1/optim_step", None, None))
    pod(StepApplied("acme", "job-1", 1, "m", 2, 1, 1, "abc"))
    user(events.CallRaised("optim_step", 0.1, "tinker.NotFoundError", 404, "Error code: 404"))
    user(events.RunFailed("NotFoundError", 404, "dispatch", "tinker.NotFoundError: Error code: 404"))
    returned, did, raised, failed = (json.loads(line) for line in call_lines(trace))
    assert returned == {"at_s": 1.235, "user": "call returned", "call": "forward_backward", "took_s": 0.2, "loss": 7.5}
    assert (did["pod"], did["seq_id"], did["accumulated"]) == ("step applied", 2, 1)
    assert (raised["user"], raised["type"], raised["status"]) == ("call raised", "tinker.NotFoundError", 404)
    assert failed["user"] == "run failed"


def test_a_run_prints_them_on_request(capsys):
    """On stderr, so that stdout stays one JSON document."""
    with pytest.raises(SystemExit) as end:
        main(["run", "healthy", "--calls", "--json"])
    assert end.value.code == 0
    out, err = capsys.readouterr()
    assert json.loads(out)["outcome"] == "completed"
    lines = [json.loads(line) for line in err.splitlines() if line.startswith("{")]
    assert [line["kind"] for line in lines if "kind" in line] == ["forward_backward", "optim_step"] * 3
    assert [line["step"] for line in lines if line.get("pod") == "step applied"] == [1, 2, 3]


def test_many_runs_have_no_calls_to_print(capsys):
    """One sentence, exit 2."""
    with pytest.raises(SystemExit) as end:
        main(["run", "healthy", "--calls", "--seeds", "3"])
    assert end.value.code == 2
    assert "--calls prints one run" in capsys.readouterr().err
