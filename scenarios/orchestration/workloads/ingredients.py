"""What a run is made of: a snapshot of a Delta table of texts, and an image that makes examples of them."""

import json
from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from gateway_sim.control_plane.data.datasets import Dataset
from gateway_sim.control_plane.models.environments import Environments
from gateway_sim.scenarios.orchestration.workloads.events import IngredientsMoved
from gateway_sim.scenarios.orchestration.workloads.sandbox import Sandbox
from gateway_sim.trainer_pod.protocol import Datum, EncodedTextChunk, ModelInput, TensorData
from gateway_sim.trainer_pod.text import batch

TABLE, REPOSITORY = "rows", "trainer"
NAMES = {"snapshot": f"{TABLE}:latest", "image": f"{REPOSITORY}:stable"}
"""The name that a user types for each ingredient of a run; it moves."""

COLUMNS = pa.schema([("step", pa.int64()), ("example", pa.int64()), ("text", pa.string())])


class Ingredients:
    """The table and the images of a job of `steps` steps on `size` examples of `length` tokens."""

    def __init__(self, sandbox: Sandbox[Any], steps: int, size: int, length: int) -> None:
        self._emit = sandbox.emit
        self._shape = steps, size, length
        self._dataset = Dataset(sandbox.folder, TABLE, emit=sandbox.emit)
        self._dataset.create(COLUMNS, by=[])
        self._images = Environments(*sandbox.table("images"), emit=sandbox.emit)

    def publish_rows(self, first: int) -> None:
        """Replace all rows by the text from the batch `first` on, as the table's next version."""
        steps, size, length = self._shape
        rows = [
            {"step": step, "example": example, "text": _text_of(one)}
            for step in range(1, steps + 1)
            for example, one in enumerate(batch(first + step, size, length))
        ]
        self._dataset.open().replace(pa.Table.from_pylist(rows, schema=COLUMNS), "step >= 0")
        self._emit(IngredientsMoved(NAMES["snapshot"], self.resolve(NAMES["snapshot"])))

    def publish_image(self, most_tokens: int) -> None:
        """Push an image that crops examples to `most_tokens`."""
        self._images.push(NAMES["image"], json.dumps({"most_tokens": most_tokens}))
        self._emit(IngredientsMoved(NAMES["image"], self.resolve(NAMES["image"])))

    def resolve(self, reference: str) -> str:
        """Return the version or the digest that a name means now; one that does not move means itself."""
        if reference == NAMES["snapshot"]:
            return f"{TABLE}@{self._dataset.open().version}"
        if reference.startswith(f"{TABLE}@"):
            return reference
        return f"{REPOSITORY}@{self._images.resolve(reference)}"

    def examples(self, snapshot: str, image: str) -> dict[int, Sequence[Datum]]:
        """Return for each step the examples that this image makes of this snapshot."""
        rows = self._dataset.open(int(snapshot.partition("@")[2])).rows().to_pylist()
        most = json.loads(self._images.content(REPOSITORY, image.partition("@")[2]))["most_tokens"]
        steps: dict[int, list[Datum]] = {}
        for row in rows:
            steps.setdefault(row["step"], []).append(_datum(row["text"], most))
        return dict(steps)


def _text_of(example: Datum) -> str:
    """Return the text of an example, the last target included."""
    tokens = example.model_input.chunks[0].tokens
    return bytes([*tokens, int(example.loss_fn_inputs["target_tokens"].data[-1])]).decode("latin-1")


def _datum(text: str, most: int) -> Datum:
    """Return the example that predicts each next byte of a text of `most` tokens and one more."""
    read = list(text.encode("latin-1")[: most + 1])
    return Datum(
        model_input=ModelInput(chunks=[EncodedTextChunk(tokens=read[:-1])]),
        loss_fn_inputs={
            "target_tokens": TensorData.ints(read[1:]),
            "weights": TensorData.floats([1.0] * (len(read) - 1)),
        },
    )
