"""Tune the sentence encoder on the training data: messages of one label move together.

A tool, not part of the assistant: it needs torch and safetensors, like `export.py`, whose network
it trains. Supervised contrastive loss (Khosla et al., 2020), once for each seed; then the weights
are averaged with the published ones (Wortsman et al., 2022), which is what keeps the encoder good
at everything that the training data does not hold. `PROVENANCE.md` has commands and figures.
"""

import argparse
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from export import LAYERS, MAX_TOKENS, Encoder, published
from safetensors.torch import save_file
from tokenizers import Tokenizer

EPOCHS = 3
RATE = 5e-5
TEMPERATURE = 0.1
LABELS, EXAMPLES = 16, 4
DROPOUT = 0.1
_LABEL = re.compile(r"^ {2}- intent: (\S+)$")
_EXAMPLE = re.compile(r"^ {6}- (.+)$")


class Data(NamedTuple):
    """Messages and their labels, in one order."""

    texts: list[str]
    labels: list[str]


def read(folder: Path) -> Data:
    """Read the examples of the training data."""
    data = Data([], [])
    for path in sorted(folder.glob("*.yml")):
        label = ""
        for line in path.read_text(encoding="utf-8").splitlines():
            if found := _LABEL.match(line):
                label = found[1]
            elif label and (found := _EXAMPLE.match(line)):
                data.texts.append(found[1])
                data.labels.append(label)
    return data


def batches(labels: list[str], seed: int) -> Iterator[tuple[list[int], torch.Tensor]]:
    """Yield places in the data and their labels' numbers: a few examples of a few labels."""
    chance = np.random.RandomState(seed)
    names = sorted(set(labels))
    places = {name: [n for n, label in enumerate(labels) if label == name] for name in names}
    for _ in range(EPOCHS * len(labels) // (LABELS * EXAMPLES)):
        chosen = chance.choice(len(names), min(LABELS, len(names)), replace=False)
        batch = [
            int(place)
            for number in chosen
            for place in chance.choice(places[names[number]], EXAMPLES, replace=False)
        ]
        yield batch, torch.tensor([number for number in chosen for _ in range(EXAMPLES)])


def loss_of(vectors: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """Return the supervised contrastive loss of (messages, 384) vectors of length one."""
    itself = torch.eye(len(labels), dtype=torch.bool)
    likeness = (vectors @ vectors.T / TEMPERATURE).masked_fill(itself, -1e9)
    friends = (labels[:, None] == labels[None]) & ~itself
    surprise = likeness.logsumexp(1, keepdim=True) - likeness
    return ((surprise * friends).sum(1) / friends.sum(1)).mean()


def tune(model: Encoder, data: Data, tokenizer: Tokenizer, seed: int) -> None:
    """Tune the model's layers in place; the embeddings stay."""
    torch.manual_seed(seed)
    weights = [value for name, value in model.named_buffers() if name.startswith("encoder_layer_")]
    for value in weights:
        value.requires_grad_(True)
    optimizer = torch.optim.AdamW(weights, lr=RATE, weight_decay=0.01)
    steps = list(batches(data.labels, seed))
    for step, (places, labels) in enumerate(steps):
        done = step / len(steps)
        for group in optimizer.param_groups:
            group["lr"] = RATE * min(1.0, done * 10 + 0.01) * max(0.02, 1 - done)
        encoded = tokenizer.encode_batch([data.texts[place] for place in places])
        vectors = model(
            torch.tensor([one.ids for one in encoded]),
            torch.tensor([one.attention_mask for one in encoded]),
        )
        dropped = torch.nn.functional.dropout(vectors, DROPOUT)
        loss = loss_of(torch.nn.functional.normalize(dropped, dim=1), labels)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(weights, 1.0)
        optimizer.step()
        if step % 50 == 0:
            sys.stdout.write(f"seed {seed}: step {step} of {len(steps)}, loss {loss.item():.3f}\n")
            sys.stdout.flush()
    for value in weights:
        value.requires_grad_(False)


def main() -> None:
    """Tune once for each seed, average with the published weights, and write the result."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path, help="folder with model.safetensors and tokenizer.json")
    parser.add_argument("output", type=Path, help="the file of tuned weights, for export.py")
    parser.add_argument("--data", type=Path, default=Path("data"))
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1])
    parser.add_argument("--share", type=float, default=0.5, help="of the tuned weights")
    options = parser.parse_args()
    tokenizer = Tokenizer.from_file(str(options.model / "tokenizer.json"))
    tokenizer.enable_truncation(MAX_TOKENS)
    tokenizer.enable_padding()
    data = read(options.data)
    before = dict(Encoder(published(options.model)).named_buffers())
    after = {name: (1 - options.share) * value for name, value in before.items()}
    for seed in options.seeds:
        model = Encoder(published(options.model))
        tune(model, data, tokenizer, seed)
        for name, value in model.named_buffers():
            after[name] = after[name] + options.share / len(options.seeds) * value
    save_file({name: value.contiguous() for name, value in after.items()}, options.output)
    sys.stdout.write(f"{LAYERS} layers tuned on {len(data.texts)} messages: {options.output}\n")


if __name__ == "__main__":
    main()
