"""The network: what of it is trained, its first weights, its logits by plain formulas, and the logprobs of targets."""

import pytest
import torch

from gateway_sim.trainer_pod.engine import settle_torch
from gateway_sim.trainer_pod.model import Transformer
from gateway_sim.trainer_pod.protocol import LoraConfig
from gateway_sim.trainer_pod.refusals import OperationRefused


def test_the_flags_choose_what_is_trained() -> None:
    """Each part can be left out, and full-parameter training trains all there is."""
    only_mlp = Transformer("m", LoraConfig(rank=2, train_attn=False, train_unembed=False), "cpu")
    assert {name.split(".")[2] for name in only_mlp.trained} == {"up", "down"}
    assert {"embed", "positions", "unembed", "norm"} < set(Transformer("m", LoraConfig(rank=0), "cpu").trained)
    with pytest.raises(OperationRefused, match="trains nothing"):
        Transformer("m", LoraConfig(rank=2, train_attn=False, train_mlp=False, train_unembed=False), "cpu")


def plain_logits(weights: dict[str, torch.Tensor], tokens: list[int], heads: int) -> torch.Tensor:
    """Return the logits by the formulas of a decoder with norms before each part, position by position in float64."""

    def normed(name: str) -> torch.Tensor:
        middle = stream - stream.mean(dim=1, keepdim=True)
        return middle / (middle.square().mean(dim=1, keepdim=True) + 1e-5).sqrt() * weights[name]

    stream = weights["embed"][tokens] + weights["positions"][: len(tokens)]
    size = stream.shape[1] // heads
    for layer in ("layers.0", "layers.1"):
        queries, keys, values = (normed(f"{layer}.norm_attn") @ weights[f"{layer}.qkv"].T).chunk(3, dim=1)
        seen = torch.empty_like(stream)
        for own in (slice(head * size, (head + 1) * size) for head in range(heads)):
            for at in range(len(tokens)):
                scores = (keys[: at + 1, own] @ queries[at, own] / size**0.5).exp()
                seen[at, own] = scores @ values[: at + 1, own] / scores.sum()
        stream = stream + seen @ weights[f"{layer}.proj"].T
        risen = normed(f"{layer}.norm_mlp") @ weights[f"{layer}.up"].T
        stream = stream + risen.clamp(min=0) @ weights[f"{layer}.down"].T
    return normed("norm") @ weights["unembed"].T


@pytest.mark.parametrize(("name", "heads"), [("gateway-sim/bytes-32", 2), ("gateway-sim/bytes-192", 3)])
def test_the_logits_are_those_of_the_plain_formulas(name: str, heads: int) -> None:
    """Without adapters, and with those of the default alpha, 32, added to the weights that they adapt."""
    settle_torch()
    rows = [list(b"route"), list(b"trace")]
    base = Transformer(name, LoraConfig(rank=0), "cpu")
    weights = {part: leaf.detach().double() for part, leaf in base.trained.items()}
    adapted = Transformer(name, LoraConfig(rank=2), "cpu")
    with torch.no_grad():
        adapted.weights.copy_(torch.linspace(-0.1, 0.1, len(adapted.weights)))
    merged = dict(weights)
    for part in {leaf.rpartition(".")[0] for leaf in adapted.trained}:
        down, up = (adapted.trained[f"{part}.lora_{end}"].detach().double() for end in "ab")
        merged[part] = weights[part] + 32.0 / 2 * up @ down
    for network, plain in ((base, weights), (adapted, merged)):
        with torch.no_grad():
            logits = network.logits(torch.tensor(rows)).double()
        expected = torch.cat([plain_logits(plain, row, heads) for row in rows])
        torch.testing.assert_close(logits, expected, rtol=1e-3, atol=1e-3)


def test_a_base_model_has_the_same_first_weights_in_every_release() -> None:
    """A checkpoint of adapters holds none of them: other ones under the name would make another model of it."""
    drawn = Transformer("byte-transformer", LoraConfig(rank=0), "cpu").trained
    spread = {name.rpartition(".")[2]: leaf.std().item() for name, leaf in drawn.items() if "norm" not in name}
    wanted = {"embed": 0.5, "positions": 0.1, "unembed": 0.1}
    wanted |= {"qkv": 32**-0.5, "proj": 32**-0.5, "up": 32**-0.5, "down": 128**-0.5}
    assert spread == pytest.approx(wanted, rel=0.05)
    assert all(bool((leaf == 1).all()) for name, leaf in drawn.items() if "norm" in name)
    adapters = Transformer("byte-transformer", LoraConfig(rank=4), "cpu").trained
    corners = [*(drawn[part] for part in ("embed", "positions", "unembed", "layers.1.down"))]
    corners += [adapters[f"{part}.lora_a"] for part in ("layers.0.qkv", "unembed")]
    assert [leaf[-1, -1].item() for leaf in corners] == pytest.approx(
        [-0.177794, -0.008921, -0.055606, 0.085667, 0.245241, -0.04597], abs=1e-5
    )


def test_each_of_several_targets_a_token_has_the_logprob_that_it_has_alone() -> None:
    """Two rows of three tokens, four targets each, in the order of rows, tokens, targets."""
    network = Transformer("byte-transformer", LoraConfig(rank=0), "cpu")
    chance = torch.Generator().manual_seed(0)
    tokens = torch.randint(256, (2, 3), generator=chance)
    targets = torch.randint(256, (2, 3, 4), generator=chance)
    with torch.no_grad():
        together = network.target_logprobs(tokens, targets).view(2, 3, 4)
        for n in range(4):
            alone = network.target_logprobs(tokens, targets[:, :, n]).view(2, 3)
            torch.testing.assert_close(together[:, :, n], alone)
