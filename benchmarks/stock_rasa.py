"""The assistant beside Rasa as it comes, on the same data: accuracy, times, memory, disk.

    frontdesk/.venv/bin/python -m benchmarks.stock_rasa

Stock Rasa is `rasa init`'s configuration (DIETClassifier, ResponseSelector, TEDPolicy and the rest,
with Rasa's defaults, TensorFlow included) on this project's data and domain. Its environment is
built in --env: about 2.6 GB. Both train, start and answer one after the other, with the project's
action server; nothing else should run meanwhile. Stock's 100 epochs take an hour or more.

The data holds rules and no stories, so the policies that learn from stories (TEDPolicy) skip their
training. Stock names its one response selector `default`, where the project's actions do not look:
to a general question they offer a person. The round trip that is timed is the same for both.
Stock keeps conversations in memory, as `rasa init` leaves it; ours are written to disk.

A prediction is right when it is the line's label: a route or a topic (`faq/x` and `unanswered/x`
are the same topic). Lines with several labels are left out. A question back is counted as wrong,
and shown by itself when the right topic was among its choices.
"""

import argparse
import json
import os
import statistics
import subprocess
import tempfile
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import httpx2
import yaml

from benchmarks._labels import SPACY, accuracy
from benchmarks._processes import actions, free_port, resident, run, size, started_process
from benchmarks.turns import QUESTIONS
from deploy import environments, stamps, uv
from deploy.settings import ROOT

FILES: Final = ROOT / "benchmarks" / "stock_rasa"
MADE_OF: Final = ("benchmarks/stock_rasa/requirements.txt", "pyproject.toml", "requirements.lock")
DEFAULTS: Final = "lib/python*/site-packages/rasa/engine/recipes/config_files/default_config.yml"
PATIENCE: Final = 300.0
"""Seconds that a server may take until its first answer."""

CONTEXT: Final = {"now": "2026-03-10T09:00:00-07:00", "staff_available": True}


@dataclass(frozen=True)
class Kind:
    """One of the two: its environment and configuration, and how it is spoken to."""

    name: str
    environment: Path
    config: Path
    credentials: Path
    endpoints: Path
    path: str
    body: Callable[[str], dict[str, Any]]
    before_training: list[str] = field(default_factory=list)


@dataclass
class Measured:
    """What was measured of one of the two; seconds, bytes, and shares of 1."""

    training: float = 0.0
    first_answer: float = 0.0
    turn: float = 0.0
    memory: int = 0
    disk: int = 0
    accuracy: float = 0.0
    asked_back: float = 0.0


def main() -> None:
    """Measure stock, then ours, and print both with their ratios."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--env", type=Path, default=Path("var/stock-rasa"))
    parser.add_argument("--epochs", type=int, help="of every model of stock; its default is 100")
    parser.add_argument("--turns", type=int, default=50)
    parser.add_argument(
        "--evaluation", type=Path, default=ROOT / "tests/assistant/evaluation.jsonl"
    )
    options = parser.parse_args()
    env, lines = options.env.resolve(), evaluation_lines(options.evaluation)
    os.chdir(ROOT)
    build(env)
    with tempfile.TemporaryDirectory() as name, actions(Path(name)) as environment:
        folder = Path(name)
        both = [stock(env, options.epochs, folder), ours(folder)]
        theirs, mine = [measure(kind, lines, options.turns, folder, environment) for kind in both]
    print(table(theirs, mine, len(lines), options.turns))


def build(env: Path) -> None:
    """Build stock Rasa's environment, unless it is there; versions are those of our own lock."""
    stamp = stamps.digest(ROOT, MADE_OF)
    if stamps.read(env / "built-from") == stamp:
        return
    command, into = uv.find(ROOT), ["--python", str(env / "bin/python")]
    print(f"Building stock Rasa's environment ({env}) …", flush=True)
    run([command, "venv", "--clear", "--python", environments.PYTHON_VERSION, str(env)])
    run([command, "pip", "install", *into, "-r", MADE_OF[0], "-c", "requirements.lock"])
    stamps.write(env / "built-from", stamp)


def stock(env: Path, epochs: int | None, folder: Path) -> Kind:
    """Describe Rasa as it comes."""
    (defaults,) = env.glob(DEFAULTS)
    settings = with_epochs(yaml.safe_load(defaults.read_text(encoding="utf-8")), epochs)
    config = folder / "stock.yml"
    config.write_text(yaml.safe_dump(settings, sort_keys=False), encoding="utf-8")
    return Kind(
        "stock Rasa",
        env,
        config,
        FILES / "credentials.yml",
        FILES / "endpoints.yml",
        "/webhooks/rest/webhook",
        lambda text: {"sender": fresh(), "message": text, "metadata": turn(text)},
    )


def ours(folder: Path) -> Kind:
    """Describe the project's assistant; only its language model lies elsewhere."""
    settings = yaml.safe_load((ROOT / "config.yml").read_text(encoding="utf-8"))
    language = str(folder / "language")
    for component in settings["pipeline"]:
        if component["name"] == SPACY:
            component["model"] = language
    config = folder / "ours.yml"
    config.write_text(yaml.safe_dump(settings, sort_keys=False), encoding="utf-8")
    return Kind(
        "Preconsult",
        ROOT / environments.ASSISTANT.folder,
        config,
        ROOT / "credentials.yml",
        ROOT / "endpoints.yml",
        "/webhooks/frontdesk/turns",
        lambda text: {"conversation_id": fresh(), "channel": "web", **turn(text)},
        ["-m", "assistant.language", language],
    )


def turn(text: str) -> dict[str, Any]:
    """Return what both are told of a message, so that the actions do the same work."""
    return {"turn_id": fresh(), "text": text, "context": CONTEXT}


def fresh() -> str:
    """Return an id that nobody had before."""
    return str(uuid.uuid4())


def with_epochs(settings: dict[str, Any], epochs: int | None) -> dict[str, Any]:
    """Return Rasa's configuration with that many epochs wherever it names some."""
    for component in settings["pipeline"] + settings["policies"]:
        if epochs is not None and "epochs" in component:
            component["epochs"] = epochs
    return settings


def evaluation_lines(path: Path) -> list[tuple[str, str]]:
    """Return the texts and labels of the lines that have one label."""
    written = path.read_text(encoding="utf-8").splitlines()
    lines = [json.loads(line) for line in written if line.strip()]
    return [(line["text"], line["label"]) for line in lines if "labels" not in line]


def measure(
    kind: Kind,
    lines: Sequence[tuple[str, str]],
    turns: int,
    folder: Path,
    environment: Mapping[str, str],
) -> Measured:
    """Train, start, talk and evaluate."""
    found, python = Measured(), str(kind.environment / "bin/python")
    models = folder / "models" / kind.name
    found.training = train(kind, models, environment)
    port = free_port()
    where = ["--interface", "127.0.0.1", "--port", str(port), "--enable-api"]
    files = ["--credentials", str(kind.credentials), "--endpoints", str(kind.endpoints)]
    command = [python, "-W", "ignore", "-m", "rasa", "run", "-m", str(models), *where, *files]
    headers = {"Authorization": f"Bearer {environment['ASSISTANT_TOKEN']}"}
    client = httpx2.Client(
        base_url=f"http://127.0.0.1:{port}", headers=headers, timeout=60, trust_env=False
    )
    progress(kind, f"trained in {found.training:.0f} s; starting")
    started = time.perf_counter()
    with started_process(command, environment, folder / f"{kind.name}.log") as server, client:
        talk(kind, client, server, found, turns, started)
        answers = [parsed(client, text) for text, _ in lines]
    expected = [label for _, label in lines]
    found.accuracy, found.asked_back = accuracy(expected, answers)
    found.disk = size(kind.environment)
    return found


def train(kind: Kind, models: Path, environment: Mapping[str, str]) -> float:
    """Train into `models`, and return the seconds that it took."""
    progress(kind, "training")
    python = [str(kind.environment / "bin/python"), "-W", "ignore"]
    files = ["--config", str(kind.config), "--domain", "domain.yml", "--data", "data"]
    started = time.perf_counter()
    if kind.before_training:
        run([*python, *kind.before_training], environment)
    command = [*python, "-m", "rasa", "train", "--force", *files, "--out", str(models)]
    run(command, environment)
    return time.perf_counter() - started


def talk(
    kind: Kind,
    client: httpx2.Client,
    server: "subprocess.Popen[bytes]",
    found: Measured,
    turns: int,
    started: float,
) -> None:
    """Wait for the first answer, then time turns and look at the memory."""
    while not answered(kind, client, QUESTIONS[0]):
        if server.poll() is not None or time.perf_counter() - started > PATIENCE:
            raise SystemExit(f"{kind.name} gave no answer: see the lines above.")
        time.sleep(0.1)
    found.first_answer = time.perf_counter() - started
    progress(kind, f"first answer after {found.first_answer:.1f} s")
    times = []
    for number in range(turns):
        begun = time.perf_counter()
        if not answered(kind, client, QUESTIONS[number % len(QUESTIONS)]):
            raise SystemExit(f"{kind.name} left a turn without an answer.")
        times.append(time.perf_counter() - begun)
    found.turn, found.memory = statistics.median(times), resident(server.pid)
    progress(kind, "evaluating")


def answered(kind: Kind, client: httpx2.Client, text: str) -> bool:
    """Say something in a conversation of its own; whether an answer came back."""
    try:
        answer = client.post(kind.path, json=kind.body(text))
    except httpx2.TransportError:
        return False
    said = answer.json() if answer.status_code == 200 else []
    return bool(said["replies"] if isinstance(said, dict) else said)


def parsed(client: httpx2.Client, text: str) -> dict[str, Any]:
    """Return what is understood of a text."""
    answer: dict[str, Any] = client.post("/model/parse", json={"text": text}).json()
    return answer


def progress(kind: Kind, what: str) -> None:
    """Say how far it is."""
    print(f"{kind.name}: {what}", flush=True)


def table(theirs: Measured, mine: Measured, count: int, turns: int) -> str:
    """Return all figures beside each other."""
    rows = [
        (f"right, of {count} messages (%)", theirs.accuracy * 100, mine.accuracy * 100),
        ("asks back, right one offered (%)", theirs.asked_back * 100, mine.asked_back * 100),
        ("training (s)", theirs.training, mine.training),
        ("start to first answer (s)", theirs.first_answer, mine.first_answer),
        (f"a turn, median of {turns} (ms)", theirs.turn * 1_000, mine.turn * 1_000),
        (f"memory after {turns} turns (MB)", theirs.memory / 1e6, mine.memory / 1e6),
        ("environment on disk (MB)", theirs.disk / 1e6, mine.disk / 1e6),
    ]
    head = f"{'':34} {'stock Rasa':>11} {'Preconsult':>11} {'stock:ours':>11}"
    lines = [
        f"{name:34} {one:11.1f} {other:11.1f} {f'{one / other:.1f}' if other else '':>11}"
        for name, one, other in rows
    ]
    return "\n".join([head, *lines])


if __name__ == "__main__":
    main()
