"""The contract of a lock with a lease."""

from gateway_sim.control_plane.data.locks import Lock
from gateway_sim.scenarios.compare.contract.clause import Outcome
from gateway_sim.scenarios.compare.port_contract.clause import Trial, optional, required, unless

LEASE_S = 60.0
KEY = "day-1"
TWICE = "two runs would compute one day at once"
LOST = "the day of a dead run would never be computed"
FENCE = "a run that froze would change a day of its successor"


def _lock(trial: Trial, name: str = "backfill") -> Lock:
    found: Lock = trial.part(name=name, lease_s=LEASE_S)
    return found


def _held(trial: Trial) -> tuple[Lock, int]:
    """Return a lock whose key `a` holds, and the token."""
    one = _lock(trial)
    token = one.acquire(KEY, "a", trial.now_s)
    if token is None:
        raise LookupError("a free key was not given to the first that asked")
    return one, token


@required("a key has one holder at a time", TWICE)
async def one_holder(trial: Trial) -> Outcome:
    """Acquire a key that is held."""
    one, _ = _held(trial)
    return unless(one.acquire(KEY, "b", trial.now_s) is None, "gave a held key to a second run")


@required("all clients of a lock see one holder", "two schedulers would each launch a run of one day")
async def clients_see_one_holder(trial: Trial) -> Outcome:
    """Acquire a held key by another client."""
    _held(trial)
    return unless(_lock(trial).acquire(KEY, "b", trial.now_s) is None, "gave a held key to another client")


@required("a holder is read until its lease ends", "a scheduler would look past an open day, or claim one in vain")
async def a_holder_is_read(trial: Trial) -> Outcome:
    """Read a key that is free, held, and left."""
    read = [_lock(trial).holder(KEY, trial.now_s)]
    one, _ = _held(trial)
    read.append(_lock(trial).holder(KEY, trial.now_s))
    await trial.sleep(LEASE_S + 1)
    read.append(one.holder(KEY, trial.now_s))
    return unless(read == [None, "a", None], f"read {read} where none, a and again none held the key")


@required("keys of a lock are apart", "a backfill would compute one day at a time")
async def keys_are_apart(trial: Trial) -> Outcome:
    """Acquire another key."""
    one, _ = _held(trial)
    return unless(one.acquire("day-2", "b", trial.now_s) is not None, "refused a free key beside a held one")


@required("locks of two names are apart", "a backfill would wait for another one's days")
async def locks_are_apart(trial: Trial) -> Outcome:
    """Acquire the same key of another lock."""
    _held(trial)
    taken = _lock(trial, "another").acquire(KEY, "b", trial.now_s)
    return unless(taken is not None, "refused a free key of another lock")


@required("a released key can be acquired", "a day would wait for the lease of a run that has ended")
async def a_key_is_released(trial: Trial) -> Outcome:
    """Release a key, read it, and acquire it."""
    one, _ = _held(trial)
    freed, read = one.release(KEY, "a"), one.holder(KEY, trial.now_s)
    again = one.acquire(KEY, "b", trial.now_s)
    return unless(
        freed and read is None and again is not None,
        f"answered {freed} to the holder, then read {read} as the holder, and gave the next {again}",
    )


@required("the key of a holder that does not renew is free after its lease", LOST)
async def a_lease_ends(trial: Trial) -> Outcome:
    """Let the lease end."""
    one, _ = _held(trial)
    await trial.sleep(LEASE_S + 1)
    return unless(one.acquire(KEY, "b", trial.now_s) is not None, "refused a key whose lease had ended")


@required("a lease is not ended before its time", TWICE)
async def a_lease_lasts(trial: Trial) -> Outcome:
    """Acquire the key just before."""
    one, _ = _held(trial)
    await trial.sleep(LEASE_S - 1)
    return unless(one.acquire(KEY, "b", trial.now_s) is None, "gave a key away 1 s before its lease ended")


@required("a lease that was renewed does not end", TWICE)
async def a_renewed_lease_stays(trial: Trial) -> Outcome:
    """Renew, and let the first term end."""
    one, _ = _held(trial)
    await trial.sleep(LEASE_S - 10)
    renewed = one.renew(KEY, "a", trial.now_s)
    await trial.sleep(20)
    taken = one.acquire(KEY, "b", trial.now_s)
    return unless(renewed and taken is None, f"answered {renewed} to the renewal, and gave the next {taken}")


@required("a holder that lost its key cannot renew", TWICE)
async def a_lost_key_is_not_renewed(trial: Trial) -> Outcome:
    """Renew after the key has gone to another holder."""
    one, _ = _held(trial)
    await trial.sleep(LEASE_S + 1)
    one.acquire(KEY, "b", trial.now_s)
    renewed, read = one.renew(KEY, "a", trial.now_s), one.holder(KEY, trial.now_s)
    return unless(not renewed and read == "b", f"answered {renewed}, and read {read} as the holder, which was b")


@required("a holder that lost its key does not release its successor's", TWICE)
async def a_lost_key_is_not_released(trial: Trial) -> Outcome:
    """Release after the key has gone to another holder."""
    one, _ = _held(trial)
    await trial.sleep(LEASE_S + 1)
    one.acquire(KEY, "b", trial.now_s)
    freed, taken = one.release(KEY, "a"), one.acquire(KEY, "c", trial.now_s)
    return unless(not freed and taken is None, f"answered {freed}, and gave the next {taken} while b held the key")


@required("the token of a key grows when a lease ends", FENCE)
async def a_token_grows(trial: Trial) -> Outcome:
    """Compare the tokens of two holders."""
    one, first = _held(trial)
    await trial.sleep(LEASE_S + 1)
    second = one.acquire(KEY, "b", trial.now_s)
    return unless(second is not None and second > first, f"gave {first} to a holder, and {second} to its successor")


@required("the token of a key grows when it is released", "an old run's write would look newer than its successor's")
async def a_token_outlives_a_release(trial: Trial) -> Outcome:
    """Compare the tokens of two holders."""
    one, first = _held(trial)
    one.release(KEY, "a")
    second = _lock(trial).acquire(KEY, "b", trial.now_s)
    return unless(second is not None and second > first, f"gave {first} to a holder, and {second} to the next")


@optional("a key that was released is not renewed", "a late renewal would hold a key that no run needs")
async def a_released_key_is_not_renewed(trial: Trial) -> Outcome:
    """Renew after the release."""
    one, _ = _held(trial)
    one.release(KEY, "a")
    renewed, read = one.renew(KEY, "a", trial.now_s), one.holder(KEY, trial.now_s)
    return unless(not renewed and read is None, f"answered {renewed}, and read {read} as the holder")
