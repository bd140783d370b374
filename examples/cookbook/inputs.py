"""Write what the recipes of tinker-cookbook load from a hub into a folder: a tokenizer, chats, and sums with answers.

`transformers` and `datasets` take a folder of that name in the working directory in place of the hub's.
"""

import json
import shutil
import sys
from pathlib import Path

from gateway_sim.trainer_pod.model_shape import tokenizer_of

TOKENIZER = "Qwen/Qwen3.5-9B-Base"
CHATS = "HuggingFaceH4/no_robots"
SUMS = "openai/gsm8k"


def write(into: Path) -> None:
    """Write the three folders."""
    tokenizer = tokenizer_of(TOKENIZER)
    assert tokenizer is not None
    shutil.copytree(tokenizer, into / TOKENIZER, dirs_exist_ok=True)
    pairs = [(a, b) for a in range(1, 13) for b in range(1, 9)]
    _rows(
        into / CHATS,
        [
            {"messages": [_said("user", f"What is {a} plus {b}?"), _said("assistant", f"{a} plus {b} is {a + b}.")]}
            for a, b in pairs
        ],
    )
    _rows(
        into / SUMS,
        [{"question": f"What is {a} plus {b}?", "answer": f"{a} + {b} = {a + b}\n#### {a + b}"} for a, b in pairs],
    )
    # the recipe asks for the configuration "main"
    (into / SUMS / "README.md").write_text(
        "---\nconfigs:\n- config_name: main\n  data_files:\n  - split: train\n    path: train.jsonl\n---\n"
    )


def _said(role: str, content: str) -> dict[str, str]:
    return {"role": role, "content": content}


def _rows(folder: Path, rows: list[object]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "train.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))


if __name__ == "__main__":
    write(Path(sys.argv[1] if len(sys.argv) > 1 else "."))
