"""A replica that has met a dead address, or knows a newer route, has no reason to send a request to the old address."""

from collections.abc import Iterator

from gateway_sim.events import RequestForwarded, RequestRerouted, RoutePublished, RouteWithdrawn, UpstreamFailed
from gateway_sim.scenarios.judge.promises import Violation
from gateway_sim.scenarios.judge.routes import Routes
from gateway_sim.scenarios.sim.trace import Entry, Trace

NO_POD: frozenset[str] = frozenset({"refused", "connect-timeout"})
"""The failures after which a gateway knows that no pod has received the request."""


def no_request_is_sent_to_an_address_that_is_not_the_jobs(trace: Trace) -> Iterator[Violation]:
    """No request is sent to an address that is not the job's, once the replica that sends it can know.

    It can know when no pod answered there after the job's route had changed, or when it has sent a request of the job
    to a newer generation. `no_request_reaches_another_jobs_pod` allows no such request at all, and is about requests
    that another pod receives; this promise is about those that nothing receives, too.
    """
    routes = Routes()
    newest: dict[tuple[str, str, str], Entry] = {}
    silent: dict[tuple[str, str], Entry] = {}
    for entry in trace.of(RoutePublished, RouteWithdrawn, RequestForwarded, RequestRerouted, UpstreamFailed):
        routes.follow(entry)
        match entry.event:
            case UpstreamFailed(replica=replica, address=address, kind=kind) if kind in NO_POD:
                silent[replica, address] = entry
            case RequestRerouted(replica=replica, address=address):
                silent[replica, address] = entry
            case RequestForwarded(replica=replica, account=account, job=job, generation=generation, address=address):
                known = newest.get((replica, account, job))
                if known is not None and known.event.generation > generation:
                    message = f"{replica} sent a request for {job} to {address}, of generation {generation}, again"
                    yield Violation.of(message, known, entry)
                elif known is None or known.event.generation < generation:
                    newest[replica, account, job] = entry
                failed, ended = silent.get((replica, address)), routes.ended((account, job), generation)
                if failed is not None and ended is not None and ended.at_s <= failed.at_s:
                    message = f"{replica} sent a request for {job} to {address} again, where no pod of the job is"
                    yield Violation.of(message, failed, entry)
