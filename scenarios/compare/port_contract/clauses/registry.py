"""The contract of a model registry."""

from collections.abc import Callable

from gateway_sim.control_plane.models.promotion import Tag, Version
from gateway_sim.control_plane.models.registry import TagWasMoved, UnknownVersion
from gateway_sim.scenarios.compare.contract.clause import Missed, Outcome
from gateway_sim.scenarios.compare.port_contract.clause import Trial, optional, refused, required, unless
from gateway_sim.scenarios.orchestration.ports.registry import ModelRegistry

LOST = "two promoters decide on the same read, and the later one undoes the better promotion"


def _registry(trial: Trial, versions: int = 3, model: str = "ranker") -> ModelRegistry:
    """Return a client of a registry with so many versions, whose scores are 0.1, 0.2, 0.3, ..."""
    found: ModelRegistry = trial.part(model=model)
    for n in range(1, versions + 1):
        found.register(Version(n, f"sha256:{n:064x}", n / 10))
    return found


def _said(tag: Tag | None) -> str:
    return "no tag" if tag is None else f"version {tag.version}, score {tag.score}, token {tag.token}"


@required("a model has no tag before its first move", "the first promoter would compare with a champion that never was")
async def no_tag_at_first(trial: Trial) -> Outcome:
    """Ask a new model for its tag."""
    tag = _registry(trial).tag()
    return unless(tag is None, f"returned {_said(tag)}")


@required(
    "a move returns the tag that every client reads afterwards", "a promoter would deploy what no client is told of"
)
async def a_move_is_read(trial: Trial) -> Outcome:
    """Move the tag, and read it as another client."""
    moved, read = _registry(trial).move_tag(2, None), _registry(trial, 0).tag()
    if read != moved:
        return Missed(f"returned {_said(moved)}, and another client reads {_said(read)}")
    return unless(
        moved.version == 2 and moved.score == 0.2, f"moved to version 2 with score 0.2, and read {_said(read)}"
    )


@required("a move that was decided on an old tag is refused", LOST)
async def an_old_read_is_refused(trial: Trial) -> Outcome:
    """Let two promoters decide on the same tag."""
    one, other = _registry(trial), _registry(trial, 0)
    one.move_tag(1, None)
    read = other.tag()
    one.move_tag(3, one.tag())
    return unless(refused(lambda: other.move_tag(2, read), TagWasMoved), f"moved it, to {_said(one.tag())}")


@required("a first move is refused if another came before it", LOST)
async def one_first_move(trial: Trial) -> Outcome:
    """Let two promoters see no tag."""
    one, other = _registry(trial), _registry(trial, 0)
    one.move_tag(3, None)
    return unless(refused(lambda: other.move_tag(2, None), TagWasMoved), f"moved it, to {_said(one.tag())}")


@required(
    "a tag that was moved away and back is not the one that was read",
    "a rollback between read and move would hide that the decision is out of date",
)
async def moved_and_back(trial: Trial) -> Outcome:
    """Move the tag from version 1 to 2 and back before a promoter that read it decides."""
    one, other = _registry(trial), _registry(trial, 0)
    one.move_tag(1, None)
    read = other.tag()
    one.move_tag(2, one.tag())
    one.move_tag(1, one.tag())
    return unless(refused(lambda: other.move_tag(3, read), TagWasMoved), f"moved it, to {_said(one.tag())}")


@required("a refused move changes nothing", "a promoter that was told no has still moved the tag")
async def a_refusal_changes_nothing(trial: Trial) -> Outcome:
    """Compare the tag before and after a move on an old read."""
    one = _registry(trial)
    read = one.move_tag(1, None)
    before = one.move_tag(3, read)
    if not refused(lambda: one.move_tag(2, read), TagWasMoved):
        return Missed("did not refuse the move")
    return unless(one.tag() == before, f"had {_said(before)} before, and {_said(one.tag())} after")


@required(
    "each move has a greater token than all before it, also to an older version",
    "tokens fence deploys: the slow deploy of an earlier promotion would be the last",
)
async def tokens_grow(trial: Trial) -> Outcome:
    """Move the tag forwards and back."""
    one = _registry(trial)
    tags = [one.move_tag(2, None)]
    for version in (3, 1, 2):
        tags.append(one.move_tag(version, one.tag()))
    tokens = [tag.token for tag in tags]
    return unless(tokens == sorted(set(tokens)), f"gave tokens {', '.join(map(str, tokens))}")


@required(
    "a version that was never registered is refused, and nothing moves", "the tag would name what cannot be served"
)
async def an_unknown_version_is_refused(trial: Trial) -> Outcome:
    """Move the tag to a version that is not there."""
    one = _registry(trial)
    before = one.move_tag(1, None)
    if not refused(lambda: one.move_tag(9, before), UnknownVersion):
        return Missed("did not raise UnknownVersion")
    return unless(one.tag() == before, f"had {_said(before)} before, and {_said(one.tag())} after")


@required("a version that is registered again stays as it is", "a retried upload would change what was evaluated")
async def a_version_stays(trial: Trial) -> Outcome:
    """Register version 1 again with another score."""
    one = _registry(trial, 2)
    one.register(Version(1, "sha256:other", 0.9))
    tag = one.move_tag(1, None)
    return unless(tag.score == 0.1, f"has {_said(tag)} where the first was registered with score 0.1")


@required("models do not share a tag", "one model's promotion would move another's")
async def models_are_apart(trial: Trial) -> Outcome:
    """Move the tag of one of two models."""
    one, other = _registry(trial), _registry(trial, model="encoder")
    one.move_tag(2, None)
    return unless(other.tag() is None, f"has {_said(other.tag())} in a model without a tag")


@optional("the refusal of an unknown version names those that are there", "a person sees at once what was meant")
async def versions_are_named(trial: Trial) -> Outcome:
    """Read the message of the refusal."""
    told = _message(lambda: _registry(trial).move_tag(9, None))
    return unless(all(str(n) in told for n in (1, 2, 3)), f"said {told!r}")


def _message(call: Callable[[], object]) -> str:
    try:
        call()
    except UnknownVersion as error:
        return str(error)
    return ""
