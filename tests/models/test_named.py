"""Models by name."""

import pytest

import pyfedlite as fl
from pyfedlite.models.named import MODELS, named_model


@pytest.mark.parametrize(
    ("name", "num_classes", "model"),
    [
        ("mlp", 10, fl.MLP(4, 3, 10)),
        ("mlp", 2, fl.MLP(4, 3, 1)),
        ("softmax", 2, fl.SoftmaxRegression(4, 2)),
        ("logistic", 2, fl.LogisticRegression(4)),
        ("linear", None, fl.LinearRegression(4)),
    ],
)
def test_a_name_and_the_sizes_make_a_model(name, num_classes, model):
    assert named_model(name, 4, num_classes, hidden=(3,)) == model


@pytest.mark.parametrize("name", MODELS)
def test_every_name_passes_its_settings_on(name):
    num_classes = None if name == "linear" else 2
    model = named_model(name, 4, num_classes, hidden=(3,), l2=0.5, dtype="float64")
    assert (model.l2, model.dtype) == (0.5, "float64")


@pytest.mark.parametrize(
    ("name", "num_classes", "sentence"),
    [
        ("softmx", 3, "model must be one of .* did you mean 'softmax'"),
        ("mlp", None, "model must be linear for labels that are numbers, not classes, got 'mlp'"),
        ("linear", 3, "model must be mlp, softmax or logistic for classes, got 'linear'"),
        ("logistic", 3, "model must tell 3 classes apart, got 'logistic', .* take softmax or mlp"),
        ("mlp", 3, "hidden must name at least one size for the mlp, got none"),
    ],
)
def test_a_model_of_another_task_is_refused(name, num_classes, sentence):
    with pytest.raises(ValueError, match=sentence):
        named_model(name, 4, num_classes)
