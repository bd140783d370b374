"""A ledger that knows a request by its model and seq_id, whichever incarnation it was sent to."""

import dataclasses

from gateway_sim.scenarios.search.mutations import Put, StoryGuard
from gateway_sim.trainer_pod.ledger import Ledger, OperationKey, Verdict

part = "pod"
guards = [StoryGuard("rollback-forgets", "no acknowledged step is lost")]


def break_it(put: Put) -> None:
    """Give every key the same incarnation."""
    consult, record = Ledger.consult, Ledger.record

    def consulted(ledger: Ledger, key: OperationKey, fingerprint: str) -> Verdict:
        return consult(ledger, dataclasses.replace(key, incarnation=0), fingerprint)

    def recorded(ledger: Ledger, key: OperationKey, fingerprint: str, request_id: str) -> None:
        record(ledger, dataclasses.replace(key, incarnation=0), fingerprint, request_id)

    put(Ledger, "consult", consulted)
    put(Ledger, "record", recorded)
