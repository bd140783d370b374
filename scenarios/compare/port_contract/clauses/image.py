"""The contract of a registry of images."""

from gateway_sim.control_plane.models.environments import UnknownImage
from gateway_sim.scenarios.compare.contract.clause import Outcome
from gateway_sim.scenarios.compare.port_contract.clause import Trial, optional, refused, required, unless
from gateway_sim.scenarios.orchestration.ports.image import ImageRegistry

TAG, OLD, NEW = "trainer:latest", "resize=bilinear", "resize=bicubic"
REPOSITORY = "trainer"
MOVED = "a job that keeps a digest would run another image than it was submitted with"


def _images(trial: Trial) -> ImageRegistry:
    """Return a client of the registry."""
    found: ImageRegistry = trial.part()
    return found


@required("a tag names the image that was pushed to it", "a job would start in no image, or in another one")
async def a_tag_is_resolved(trial: Trial) -> Outcome:
    """Push an image, resolve its tag, and read the image."""
    images = _images(trial)
    pushed = images.push(TAG, OLD)
    found = images.resolve(TAG)
    content = images.content(REPOSITORY, found)
    return unless((found, content) == (pushed, OLD), f"resolved {pushed} as {found}, whose content is {content!r}")


@required("a tag names the image that was pushed last", "an upgrade would not arrive, and a repair would not either")
async def a_tag_moves(trial: Trial) -> Outcome:
    """Push two images under one tag."""
    images = _images(trial)
    images.push(TAG, OLD)
    pushed = images.push(TAG, NEW)
    found = images.resolve(TAG)
    return unless(found == pushed, f"resolved {found}, and {pushed} was pushed last")


@required("a digest names its image after the tag has moved", MOVED)
async def a_digest_stays(trial: Trial) -> Outcome:
    """Push two images under one tag, and ask for the first by its digest."""
    images = _images(trial)
    first = images.push(TAG, OLD)
    images.push(TAG, NEW)
    found, content = images.resolve(f"{REPOSITORY}@{first}"), images.content(REPOSITORY, first)
    return unless((found, content) == (first, OLD), f"resolved {first} as {found}, whose content is {content!r}")


@required("two images of different content have different digests", MOVED)
async def contents_have_digests_of_their_own(trial: Trial) -> Outcome:
    """Push two images."""
    images = _images(trial)
    first, second = images.push(TAG, OLD), images.push("trainer:v1", NEW)
    return unless(first != second, f"gave both {first}")


@required("a push is seen by every client", "training and serving would start different images at the same moment")
async def a_push_is_seen(trial: Trial) -> Outcome:
    """Resolve a tag, push to it as another client, and resolve it again."""
    one, other = _images(trial), _images(trial)
    one.push(TAG, OLD)
    other.resolve(TAG)
    pushed = one.push(TAG, NEW)
    found = other.resolve(TAG)
    return unless(found == pushed, f"resolved {found}, and {pushed} was pushed")


@required("a push moves no other tag", "the image of one team's release would be that of all")
async def tags_are_apart(trial: Trial) -> Outcome:
    """Push under another tag, and under the same tag of another repository."""
    images = _images(trial)
    first = images.push(TAG, OLD)
    for tag in ("trainer:v1", "server:latest"):
        images.push(tag, NEW)
    found = images.resolve(TAG)
    return unless(found == first, f"resolved {found}, and {first} was pushed to {TAG}")


@required("an image that is not there is refused", "a job would start in an image that was never pushed")
async def an_unknown_image_is_refused(trial: Trial) -> Outcome:
    """Ask for a tag and for a digest that were never pushed."""
    images = _images(trial)
    digest = images.push(TAG, OLD)
    never = (f"{REPOSITORY}:v9", f"server@{digest}")
    answered = [reference for reference in never if not refused(lambda r=reference: images.resolve(r), UnknownImage)]  # type: ignore[misc]
    return unless(not answered, f"did not raise UnknownImage for {' or '.join(answered)}")


@optional("images of the same content have the same digest", "an audit would count two images where one ran")
async def the_same_content_has_one_digest(trial: Trial) -> Outcome:
    """Push one content under two tags."""
    images = _images(trial)
    digests = [images.push(tag, OLD) for tag in (TAG, "trainer:v1")]
    return unless(len(set(digests)) == 1, f"gave {digests[0]} and {digests[1]}")


@optional("an unknown image is named", "an operator looks for a typing error")
async def an_unknown_image_is_named(trial: Trial) -> Outcome:
    """Ask for a tag that was never pushed."""
    try:
        _images(trial).resolve("trainer:v9")
    except UnknownImage as error:
        return unless("trainer:v9" in str(error), f"said {str(error)!r}")
    return unless(False, "raised no UnknownImage")
