"""Headers on the way."""

from gateway_sim.scenarios.compare.contract.clause import Missed, Outcome, required
from gateway_sim.scenarios.compare.contract.pods import saying
from gateway_sim.scenarios.compare.contract.trial import JSON, Trial

OF_ONE_CONNECTION = (
    ("connection", "close, x-hop"),
    ("x-hop", "1"),
    ("proxy-authorization", "Basic eA=="),
    ("te", "gzip"),
)
OF_THE_PODS_CONNECTION = (("connection", "x-pod-hop"), ("x-pod-hop", "1"), ("proxy-authenticate", "Basic"))
TO_THE_POD = (("x-idempotency-key", "k-1"), ("x-stainless-retry-count", "2"), ("user-agent", "AsyncTinker/Python 0.38"))


@required(
    "hop-by-hop headers of a request stay at the gateway",
    "they are about one connection (RFC 9110, section 7.6.1), and Proxy-Authorization is a secret",
)
async def hop_by_hop_request(trial: Trial) -> Outcome:
    """Send some, and one that Connection names."""
    key = await trial.running()
    answer = await trial.ask(key, headers=[JSON, *OF_ONE_CONNECTION])
    if not (arrived := trial.arrived(key)):
        return Missed(f"{answer.told}, and no request arrived at the pod")
    passed = [name for name, _ in OF_ONE_CONNECTION[1:] if arrived[0].header(name)]
    return Missed(f"sent {' and '.join(passed)} to the pod") if passed else None


@required(
    "hop-by-hop headers of an answer stay at the gateway",
    "the caller would take what is said about the pod's connection as said about its own",
)
async def hop_by_hop_answer(trial: Trial) -> Outcome:
    """Let the pod send some, and one that its Connection names."""
    key = await trial.running(answer=saying(200, b"{}", *OF_THE_PODS_CONNECTION))
    answer = await trial.ask(key)
    passed = [name for name, _ in OF_THE_PODS_CONNECTION[1:] if answer.header(name)]
    if answer.status != 200:
        return Missed(f"{answer.told} where the pod answered 200")
    return Missed(f"sent {' and '.join(passed)} to the caller") if passed else None


@required(
    "other headers of a request reach the pod",
    "the SDKs send an idempotency key and the number of the retry; the laboratory numbers its requests by one",
)
async def end_to_end_request(trial: Trial) -> Outcome:
    """Send some that SDKs send."""
    key = await trial.running()
    answer = await trial.ask(key, headers=[JSON, *TO_THE_POD])
    if not (arrived := trial.arrived(key)):
        return Missed(f"{answer.told}, and no request arrived at the pod")
    lost = [name for name, value in (JSON, *TO_THE_POD) if arrived[0].header(name) != [value]]
    return Missed(f"did not send {' and '.join(lost)} to the pod as it came") if lost else None


@required("other headers of an answer reach the caller, each of several", "cookies and Retry-After are among them")
async def end_to_end_answer(trial: Trial) -> Outcome:
    """Let the pod send two of one name."""
    sent = (("retry-after", "7"), ("set-cookie", "a=1"), ("set-cookie", "b=2"))
    key = await trial.running(answer=saying(429, b"{}", *sent))
    answer = await trial.ask(key)
    if answer.header("retry-after") != "7":
        return Missed(f"{answer.told} without the pod's Retry-After")
    found = answer.each("set-cookie")
    return None if found == ["a=1", "b=2"] else Missed(f"passed on the cookies {found} of a=1 and b=2")
