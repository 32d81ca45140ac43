"""The kernel classifier: what it learns, what it keeps, and that its cross-validation is real."""

from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from assistant import kernel
from assistant.encoder import shared_encoder
from assistant.kernel import Features, KernelModel, Shape

SHAPE = Shape(sharpness=2.0, grams=0.3, ridge=0.15)
EXAMPLES = {
    "pain": ["does it hurt", "is it painful", "will it be sore", "i am scared of the needle"],
    "count": ["how many sessions", "how many visits do i need", "is one treatment enough"],
    "person": ["talk to a person", "a human please", "let me speak to somebody", "call me"],
}
TEXTS = [text for texts in EXAMPLES.values() for text in texts]
LABELS = [label for label, texts in EXAMPLES.items() for _ in texts]


def features(texts: list[str]) -> Features:
    letters = np.array([[float(text.count(sign)) for sign in "abcdefghijklm"] for text in texts])
    letters /= np.linalg.norm(letters, axis=1, keepdims=True)
    return Features(shared_encoder().encode(texts), csr_matrix(letters.astype(np.float32)))


@pytest.fixture(scope="module")
def model() -> KernelModel:
    return KernelModel.fitted(features(TEXTS), LABELS, SHAPE)


def test_it_names_the_label_of_a_message_like_its_examples(model: KernelModel) -> None:
    judged = model.judge(features(["is it going to hurt me", "can i speak to a human being"]))
    assert [model.labels[best] for best in judged.scores.argmax(axis=1)] == ["pain", "person"]


def test_what_is_unlike_everything_has_little_evidence(model: KernelModel) -> None:
    near, far = model.judge(features(["will it hurt", "bitcoin dividend forecast"])).evidence()
    assert far < near - 0.5


def test_probabilities_are_probabilities(model: KernelModel) -> None:
    likely = model.probabilities(model.judge(features(["does it hurt"])).scores)
    assert likely.shape == (1, 3)
    assert likely.sum() == pytest.approx(1.0)
    assert (likely > 0).all()


def test_a_claim_is_the_score_that_few_examples_of_other_labels_reach(model: KernelModel) -> None:
    shares = [model.least_claim("pain", others) for others in (0.0, 0.1, 0.5, 1.0)]
    assert shares == sorted(shares, reverse=True)
    scores = model.judge(features(["does it hurt", "how many visits"])).scores
    hurts, visits = scores[:, model.labels.index("pain")]
    assert visits < model.least_claim("pain", 0.1) < hurts


def test_what_was_kept_judges_the_same(model: KernelModel, tmp_path: Path) -> None:
    model.save(tmp_path / "labels.npz")
    kept = KernelModel.read(tmp_path / "labels.npz")
    asked = features(["does it hurt a lot"])
    assert np.array_equal(kept.judge(asked).scores, model.judge(asked).scores)
    assert kept.least_evidence(0.95) == model.least_evidence(0.95)
    assert kept.least_claim("pain", 0.02) == model.least_claim("pain", 0.02)
    assert (kept.labels, kept.shape, kept.steepness) == (model.labels, model.shape, model.steepness)


def test_an_example_is_judged_as_by_a_model_that_never_saw_it() -> None:
    asked = features(TEXTS)
    _, targets = kernel._targets(LABELS)
    # The rarity of labels is that of all examples, also where one is left out.
    likeness = SHAPE.between(asked, kernel.Examples.of(asked)) + 1.0
    ridged = likeness + np.diag(kernel._ridge(SHAPE, targets))
    factor = np.asfortranarray(np.linalg.cholesky(ridged))
    judged = kernel._left_out(factor, np.linalg.solve(ridged, targets), targets)
    for one in range(len(TEXTS)):
        rest = np.setdiff1d(np.arange(len(TEXTS)), one)
        fitted = np.linalg.solve(ridged[np.ix_(rest, rest)], targets[rest])
        assert np.allclose(judged[one], likeness[one, rest] @ fitted, atol=1e-4)


def test_less_evidence_is_asked_where_more_must_count_as_known(model: KernelModel) -> None:
    assert model.least_evidence(0.99) <= model.least_evidence(0.95) <= model.least_evidence(0.5)
