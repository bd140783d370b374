"""The contract of a concurrency limit."""

from gateway_sim.scenarios.compare.contract.clause import Missed, Outcome
from gateway_sim.scenarios.compare.port_contract.clause import Trial, optional, required, unless
from gateway_sim.scenarios.orchestration.ports.limit import Limit

LEASE_S = 60.0
LEFT = "a dead holder's place is lost, and at last no run begins"


def _limit(trial: Trial, limit: int = 2, lease_s: float | None = None, name: str = "backfill") -> Limit:
    found: Limit = trial.part(name=name, limit=limit, lease_s=lease_s)
    return found


def _full(trial: Trial, lease_s: float | None = None) -> Limit:
    """Return a limit of two that `a` and `b` hold."""
    one = _limit(trial, lease_s=lease_s)
    if not (one.take("a", trial.now_s) and one.take("b", trial.now_s)):
        raise LookupError("a limit of 2 did not give two places")
    return one


@required("as many holders as the limit get a place, and the next none", "runs of a backfill starve the daily ones")
async def no_more_than_the_limit(trial: Trial) -> Outcome:
    """Take one place more than there are."""
    one = _limit(trial)
    taken = [one.take(holder, trial.now_s) for holder in ("a", "b", "c")]
    return unless(taken == [True, True, False], f"answered {taken} to three takers of two places")


@required("all clients of a limit count together", "two schedulers would each launch as many runs as are allowed")
async def clients_count_together(trial: Trial) -> Outcome:
    """Take the last place by another client."""
    _full(trial)
    return unless(not _limit(trial).take("c", trial.now_s), "gave a third of two places to another client")


@required("a place that was given back can be taken", "the limit would admit fewer and fewer runs")
async def given_back(trial: Trial) -> Outcome:
    """Give a place back, and take it."""
    one = _full(trial)
    back, again = one.give_back("a"), one.take("c", trial.now_s)
    return unless(back and again, f"answered {back} to the holder and {again} to the next")


@required("giving back frees one place", "runs would exceed the limit after each end")
async def one_place_is_freed(trial: Trial) -> Outcome:
    """Give a place back, and let two take it."""
    one = _full(trial)
    one.give_back("a")
    taken = [one.take(holder, trial.now_s) for holder in ("c", "d")]
    return unless(taken == [True, False], f"answered {taken} to two takers of one place")


@required("the number of holders is read as it is", "a scheduler that looks first would launch too few or too many")
async def holders_are_counted(trial: Trial) -> Outcome:
    """Read before and after."""
    one = _limit(trial)
    counts = [one.read()]
    one.take("a", trial.now_s)
    counts.append(one.read())
    one.give_back("a")
    counts.append(one.read())
    return unless(counts == [0, 1, 0], f"read {counts} before, with and after one holder")


@required("without a holder nothing is given back", "a limit without holders would be below zero, and admit more")
async def nothing_to_give_back(trial: Trial) -> Outcome:
    """Give back what was never taken, and take all places."""
    one = _limit(trial)
    if one.give_back("a"):
        return Missed("said that it gave a place back that had no holder")
    taken = [one.take(holder, trial.now_s) for holder in ("a", "b", "c")]
    return unless(taken == [True, True, False], f"then answered {taken} to three takers of two places")


@required("limits of two names are apart", "one backfill would hold back another")
async def limits_are_apart(trial: Trial) -> Outcome:
    """Fill one limit, and take from the other."""
    _full(trial)
    return unless(_limit(trial, name="other").take("a", trial.now_s), "refused a place of another limit")


@required("with leases a name has one place", "a retried request would take a second place that is never given back")
async def a_name_has_one_place(trial: Trial) -> Outcome:
    """Take twice under one name."""
    one = _limit(trial, lease_s=LEASE_S)
    taken = [one.take("a", trial.now_s), one.take("a", trial.now_s), one.take("b", trial.now_s)]
    return unless(taken == [True, False, True], f"answered {taken} to a, a and b for two places")


@required("the place of a holder that does not renew comes back after its lease", LEFT)
async def a_lease_ends(trial: Trial) -> Outcome:
    """Let both leases end."""
    one = _full(trial, LEASE_S)
    await trial.sleep(LEASE_S + 1)
    gone = sorted(one.reap(trial.now_s))
    taken = one.take("c", trial.now_s)
    return unless(taken and gone == ["a", "b"], f"freed {', '.join(gone) or 'none'}, and answered {taken} to the next")


@required("a lease that was renewed does not end", "the limit would give a place away under a run that computes")
async def a_renewed_lease_stays(trial: Trial) -> Outcome:
    """Renew one of two leases, and let the first term end."""
    one = _full(trial, LEASE_S)
    await trial.sleep(LEASE_S - 10)
    renewed = one.renew("a", trial.now_s)
    await trial.sleep(20)
    gone = one.reap(trial.now_s)
    return unless(
        renewed and gone == ["b"], f"answered {renewed} to the renewal, and freed {', '.join(gone) or 'none'}"
    )


@required("a lease is not ended before its time", "the limit would give a place away under a run that computes")
async def a_lease_lasts(trial: Trial) -> Outcome:
    """Look for ended leases just before."""
    one = _full(trial, LEASE_S)
    await trial.sleep(LEASE_S - 1)
    gone, taken = one.reap(trial.now_s), one.take("c", trial.now_s)
    return unless(not gone and not taken, f"freed {', '.join(gone) or 'none'}, and answered {taken} to the next")


@required("a holder whose place was freed cannot renew", "a run that froze would compute beside its successor")
async def a_lost_lease_is_not_renewed(trial: Trial) -> Outcome:
    """Renew after the place was freed and taken."""
    one = _full(trial, LEASE_S)
    await trial.sleep(LEASE_S + 1)
    one.reap(trial.now_s)
    one.take("c", trial.now_s)
    return unless(not one.renew("a", trial.now_s), "renewed the lease of a holder that has no place")


@required(
    "a holder whose place was freed does not give another's back",
    "a run that woke would free the place of its successor",
)
async def a_lost_place_is_not_given_back(trial: Trial) -> Outcome:
    """Give back after the place was freed and taken."""
    one = _full(trial, LEASE_S)
    await trial.sleep(LEASE_S + 1)
    one.reap(trial.now_s)
    one.take("c", trial.now_s)
    one.take("d", trial.now_s)
    back, taken = one.give_back("a"), one.take("e", trial.now_s)
    return unless(not back and not taken, f"answered {back} to the holder, and {taken} to a third taker of two places")


@optional("a taker finds ended leases itself", "without it a scheduler must call reap before it asks")
async def a_taker_reaps(trial: Trial) -> Outcome:
    """Take a place whose lease has ended."""
    one = _full(trial, LEASE_S)
    await trial.sleep(LEASE_S + 1)
    return unless(one.take("c", trial.now_s), "refused a place whose lease had ended")
