"""Every picture says what it shows: words at its axes, and a line beside every legend entry."""

import numpy as np
import pytest

from pyfedlite import plotting
from pyfedlite.secagg.picture import draw

pyplot = pytest.importorskip("matplotlib.pyplot")

ROUNDS = [1, 2, 3]
LOSSES = {"train_loss": (ROUNDS, [3.0, 2.0, 1.0]), "test_loss": (ROUNDS, [3.0, 2.5, 2.0])}
ACCURACY = {"test_accuracy": (ROUNDS, [0.5, 0.7, 0.8])}
AUC = {"test_auc": (ROUNDS, [0.5, 0.8, 0.9])}


def roc(**settings):
    return plotting.plot_roc([0.0, 0.5, 1.0], [0.1, 0.9, 1.0], least=0.01, **settings)


PICTURES = {
    "history": lambda: plotting.plot_history(ACCURACY | LOSSES),
    "history with AUC": lambda: plotting.plot_history(ACCURACY | AUC | LOSSES),
    "history with failures": lambda: plotting.plot_history(ACCURACY | LOSSES, failed=[2]),
    "history of a regression": lambda: plotting.plot_history(LOSSES),
    "history of a private run": lambda: plotting.plot_history(ACCURACY),
    "history of arrays": lambda: plotting.plot_history({"test_loss": (np.ones(2), np.ones(2))}),
    "history of one round": lambda: plotting.plot_history({"test_accuracy": ([1], [0.5])}),
    "label counts": lambda: [plotting.plot_label_counts(np.array([[3, 1], [0, 2]]))],
    "sizes": lambda: [plotting.plot_label_counts(np.array([[3], [2]]))],
    "ROC": lambda: [roc()],
    "ROC on axes of the caller": lambda: [roc(ax=pyplot.subplots()[1])],
    "unusual updates": lambda: [plotting.plot_anomalies([(1, 2.0, False), (1, 9.0, True)])],
    "usual updates": lambda: [plotting.plot_anomalies([(1, 2.0, False), (2, 3.0, False)])],
    "noise of sums": lambda: [plotting.plot_noise({"fresh": [1.0, 2.0], "cancelled": [1.5, 1.6]})],
    "secure aggregation": lambda: [draw([0, 1], {"0 advertise": [0, 1], "1 share": [0]})],
}


@pytest.fixture(autouse=True)
def _no_window():
    pyplot.switch_backend("Agg")


def is_visible(handle):
    """Whether a legend entry has something to look at: a line, a marker or a filled box."""
    if hasattr(handle, "get_linestyle") and hasattr(handle, "get_marker"):
        return handle.get_linestyle() != "None" or handle.get_marker() not in ("None", "", None)
    return handle.get_facecolor()[3] > 0


@pytest.mark.parametrize("draw_it", PICTURES.values(), ids=PICTURES)
def test_axes_have_words_and_legend_entries_have_lines(draw_it):
    for ax in draw_it():
        assert ax.get_xlabel()
        assert ax.get_ylabel()
        legend = ax.get_legend()
        if legend is not None:
            entries = list(zip(legend.legend_handles, legend.get_texts(), strict=True))
            assert entries
            assert all(is_visible(handle) and text.get_text() for handle, text in entries)


@pytest.mark.parametrize(
    ("series", "words"),
    [
        (ACCURACY | LOSSES, [("round", "test accuracy"), ("round", "loss")]),
        (ACCURACY | AUC, [("round", "test accuracy, test AUC")]),
        (AUC, [("round", "test AUC")]),
        (LOSSES, [("round", "loss")]),
    ],
)
def test_the_axes_of_a_run_are_named_after_what_is_drawn(series, words):
    axes = plotting.plot_history(series)
    assert [(ax.get_xlabel(), ax.get_ylabel()) for ax in axes] == words


@pytest.mark.parametrize("series", [{}, {"test_loss": ([], [])}])
def test_nothing_to_draw_is_said_in_one_sentence(series):
    with pytest.raises(ValueError, match=r"^series must hold an accuracy, an AUC or a loss, got"):
        plotting.plot_history(series)


def test_every_drawing_function_is_in_the_table():
    functions = {name for name in vars(plotting) if name.startswith("plot_")}
    # Images have no axes to name; what they show stands at their left.
    drawn = {"plot_anomalies", "plot_history", "plot_label_counts", "plot_noise", "plot_roc"}
    assert functions == drawn | {"plot_images"}


def test_curves_on_one_picture_share_its_scales_and_the_line_of_guessing():
    ax = roc(name="one")
    assert roc(name="other", ax=ax) is ax
    assert [line.get_label() for line in ax.lines] == ["guessing", "one", "other"]
    assert (ax.get_xscale(), ax.get_yscale()) == ("log", "log")
