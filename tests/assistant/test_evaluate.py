"""`python -m assistant.evaluate`: lines in, lines and a report out."""

import json
import os
import subprocess
import sys
from pathlib import Path

from assistant.evaluate import report
from tests.stack import ROOT, trained


def test_the_report_counts_confusions() -> None:
    pairs = [("faq/pain", "faq/pain"), ("faq/pain", "clinical"), ("human", "human")]
    assert report(pairs).splitlines() == [
        "accuracy 0.667 (2 of 3)",
        "   1  faq/pain -> clinical",
    ]


def test_every_line_gets_its_understanding(tmp_path: Path) -> None:
    texts = ["does it hurt?", "/restart", "I can't breathe", ""]
    (tmp_path / "in.jsonl").write_text("".join(json.dumps({"text": text}) + "\n" for text in texts))
    files = ["--input", str(tmp_path / "in.jsonl"), "--output", str(tmp_path / "out.jsonl")]
    model = trained(dict(os.environ))
    command = [sys.executable, "-m", "assistant.evaluate", *files, "--model", model]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    found = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert [one["text"] for one in found] == texts
    assert (found[0]["route"], found[0]["topics"][0]) == ("faq", "faq/pain")
    assert found[1]["route"] == found[3]["route"] == "out_of_scope"
    assert found[2]["route"] == "emergency"
    assert "breathe" not in done.stdout + done.stderr
