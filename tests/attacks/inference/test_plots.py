"""What the results draw: the truth beside what was found."""

import numpy as np
import pytest

from pyfedlite.attacks.inference import AttributeGuess, Evaded, Matched, MissingRow, Recovered

pyplot = pytest.importorskip("matplotlib.pyplot", reason="matplotlib is not installed")


def images(axes):
    return [ax.get_images()[0].get_array().ravel().tolist() for ax in axes]


def test_each_true_image_stands_above_the_nearest_found():
    found = Recovered(np.array([[0.0, 1.0], [4.0, 4.0]]), np.array([2, 1]))
    axes = found.plot(np.array([[4.0, 3.0], [0.0, 0.0]]), (1, 2))
    assert images(axes) == [[4.0, 3.0], [0.0, 0.0], [4.0, 4.0], [0.0, 1.0]]
    assert [axes[0].get_ylabel(), axes[2].get_ylabel()] == ["true", "recovered"]


def test_nothing_found_is_black():
    found = Recovered(np.zeros((0, 2)), np.zeros(0, np.int64))
    assert images(found.plot(np.ones((1, 2)), (1, 2))) == [[1.0, 1.0], [0.0, 0.0]]


def test_images_go_on_axes_that_are_given():
    figure, axes = pyplot.subplots(2, 1, squeeze=False)
    found = Matched(np.array([0.5, 0.25]), np.array([1.0, 0.0]), 0.0, 3)
    drawn = found.plot(np.array([1.0, 0.0]), (2, 1), axes=axes)
    assert list(drawn) == list(axes.flat)
    assert images(drawn) == [[1.0, 0.0], [0.5, 0.25]]
    assert pyplot.get_fignums() == [figure.number]


def test_changed_rows_stand_below_their_originals():
    originals = np.arange(12.0).reshape(3, 4)
    axes = Evaded(originals + 0.5, 1.0, 0.0).plot(originals, (2, 2), most=2)
    assert images(axes) == [*originals[:2].tolist(), *(originals[:2] + 0.5).tolist()]


def test_guesses_are_bars_beside_what_needs_no_model():
    truth = np.array([0.0, 0.0, 0.0, 1.0])
    guess = AttributeGuess(truth, np.array([0.0, 0.0, 1.0, 0.0]))
    widths = [bar.get_width() for bar in guess.plot(truth).patches]
    assert widths == [1.0, 0.5, 0.75]


def test_a_row_that_was_found_is_drawn_over_the_true_one():
    ax = MissingRow(np.array([1.0, 5.0]), 0, 0.0).plot(np.array([1.0, 4.0]))
    assert ax.lines[1].get_xydata().tolist() == [[1.0, 1.0], [4.0, 5.0]]
