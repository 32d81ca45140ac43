"""The stand-in for TensorFlow: every name is there, and none can be used."""

import importlib
import importlib.util

import pytest

pytest.importorskip("tensorflow._absent", reason="a real TensorFlow is installed")


@pytest.mark.parametrize(
    "module",
    [
        "tensorflow",
        "tensorflow.keras",
        "tensorflow.keras.backend",
        "tensorflow.keras.callbacks",
        "tensorflow.keras.utils",
        "tensorflow.python.eager.wrap_function",
        "tensorflow.python.types.core",
        "tensorflow.types.experimental",
        "keras",
        "keras.utils.control_flow_util",
        "keras.utils.tf_utils",
    ],
)
def test_every_module_that_rasa_imports_is_there(module: str) -> None:
    assert importlib.import_module(module).AnyName


@pytest.mark.parametrize(
    "module",
    [
        "rasa.nlu.classifiers.diet_classifier",
        "rasa.nlu.selectors.response_selector",
        "rasa.core.policies.ted_policy",
        "rasa.core.policies.unexpected_intent_policy",
        "rasa.nlu.featurizers.dense_featurizer.lm_featurizer",
        "rasa.utils.tensorflow.models",
    ],
)
def test_rasas_own_users_of_tensorflow_can_be_imported(module: str) -> None:
    importlib.import_module(module)


def test_using_a_name_says_how_to_install_the_real_one() -> None:
    import tensorflow

    with pytest.raises(RuntimeError, match=r"tensorflow==2\.12\.0") as caught:
        tensorflow.keras.layers.Dense(3)
    assert "tensorflow.keras.layers.Dense" in str(caught.value)


def test_so_does_using_what_rasa_derived_from_one() -> None:
    from rasa.utils.tensorflow.models import RasaModel

    with pytest.raises(RuntimeError, match="stand-in"):
        RasaModel(random_seed=1)


def test_nothing_is_an_instance_of_a_name() -> None:
    import tensorflow

    assert not isinstance(3, tensorflow.Tensor)


def test_spacy_does_not_take_it_for_a_real_one() -> None:
    import tensorflow
    from thinc.compat import has_tensorflow

    assert not has_tensorflow
    assert not hasattr(tensorflow, "experimental")
    assert importlib.util.find_spec("tensorflow.experimental") is None
