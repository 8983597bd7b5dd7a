"""Answers that are wrong in the ways in which beginners are wrong, and what each has to be told."""

import math
import runpy
from pathlib import Path

import numpy as np

SIDE_ROOMS = runpy.run_path(str(Path(__file__).with_name("side_room_answers.py")))
RECOVERY = runpy.run_path(str(Path(__file__).with_name("recovery_sheet.py")))
ROBUST = runpy.run_path(str(Path(__file__).with_name("robust_sheet.py")))
PRIVACY = runpy.run_path(str(Path(__file__).with_name("privacy_sheet.py")))


def delta_backwards(theta_global, theta_local):
    return theta_global - theta_local


def delta_is_the_model(theta_global, theta_local):
    return theta_local


def delta_without_return(theta_global, theta_local):
    theta_local - theta_global


def mean_unweighted(deltas, num_examples):
    return deltas.mean(axis=0)


def mean_not_divided(deltas, num_examples):
    return num_examples @ deltas


def mean_as_a_list(deltas, num_examples):
    weights = num_examples / num_examples.sum()
    return [float(weights @ column) for column in deltas.T]


def mean_that_does_not_broadcast(deltas, num_examples):
    return (num_examples / num_examples.sum() * deltas).sum(axis=0)


def sigmoid_that_overflows(z):
    return 1 / (1 + np.exp(-z))


def sigmoid_of_one_number(z):
    return 1 / (1 + math.exp(-z))


def sigmoid_mirrored(z):
    return 1 / (1 + np.exp(z))


def safe_sigmoid(z):
    return 0.5 * (1 + np.tanh(0.5 * z))


def logistic_summed(w, features, labels):
    return features.T @ (safe_sigmoid(features @ w) - labels)


def logistic_reversed(w, features, labels):
    return features.T @ (labels - safe_sigmoid(features @ w)) / len(labels)


def logistic_of_scores(w, features, labels):
    return features.T @ (features @ w - labels) / len(labels)


def l2_subtracted(gradient, w, l2):
    return gradient - l2 * w


def l2_doubled(gradient, w, l2):
    return gradient + 2 * l2 * w


def l2_in_place(gradient, w, l2):
    gradient += l2 * w
    return gradient


def softmax(scores):
    p = np.exp(scores - scores.max(axis=1, keepdims=True))
    return p / p.sum(axis=1, keepdims=True)


def softmax_that_overflows(scores, labels):
    p = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    p[np.arange(len(labels)), labels] -= 1
    return p / len(labels)


def softmax_not_divided(scores, labels):
    p = softmax(scores)
    p[np.arange(len(labels)), labels] -= 1
    return p


def softmax_without_the_label(scores, labels):
    return softmax(scores) / len(labels)


def backward_without_the_max(features, W1, b1, W2, dz2):
    return features.T @ (dz2 @ W2.T)


def backward_without_the_bias(features, W1, b1, W2, dz2):
    return features.T @ (dz2 @ W2.T * (features @ W1 > 0))


def epoch_without_the_last_batch(grad, theta, features, labels, order, batch_size, learning_rate):
    for i in range(len(order) // batch_size):
        b = order[i * batch_size : (i + 1) * batch_size]
        theta = theta - learning_rate * grad(theta, features[b], labels[b])
    return theta


def epoch_in_place(grad, theta, features, labels, order, batch_size, learning_rate):
    for start in range(0, len(order), batch_size):
        b = order[start : start + batch_size]
        theta -= learning_rate * grad(theta, features[b], labels[b])
    return theta


def epoch_out_of_order(grad, theta, features, labels, order, batch_size, learning_rate):
    for start in range(0, len(order), batch_size):
        b = slice(start, start + batch_size)
        theta = theta - learning_rate * grad(theta, features[b], labels[b])
    return theta


def cohort_cut_off(client_fraction, num_clients):
    return max(int(client_fraction * num_clients), 1)


def cohort_empty(client_fraction, num_clients):
    return round(client_fraction * num_clients)


def cohort_of_fractions(client_fraction, num_clients):
    return max(client_fraction * num_clients, 1)


def update_of_one_epoch(
    grad, theta, features, labels, local_epochs, batch_size, learning_rate, rng
):
    order = rng.permutation(len(labels))
    for start in range(0, len(order), batch_size):
        b = order[start : start + batch_size]
        theta = theta - learning_rate * grad(theta, features[b], labels[b])
    return theta


def update_in_one_order(
    grad, theta, features, labels, local_epochs, batch_size, learning_rate, rng
):
    order = rng.permutation(len(labels))
    for _ in range(local_epochs):
        for start in range(0, len(order), batch_size):
            b = order[start : start + batch_size]
            theta = theta - learning_rate * grad(theta, features[b], labels[b])
    return theta


def update_without_its_generator(grad, theta, features, labels, local_epochs, batch_size, rate):
    return theta


def server_backwards(theta, deltas, num_examples, learning_rate):
    return theta - learning_rate * num_examples @ deltas / num_examples.sum()


def server_unweighted(theta, deltas, num_examples, learning_rate):
    return theta + learning_rate * deltas.mean(axis=0)


def server_step_alone(theta, deltas, num_examples, learning_rate):
    return learning_rate * num_examples @ deltas / num_examples.sum()


def mean_property_of_bounds(mean, deltas, num_examples):
    result = mean(deltas, num_examples)
    assert (result >= deltas.min(axis=0) - 1e-9).all()
    assert (result <= deltas.max(axis=0) + 1e-9).all()


def mean_property_exact(mean, deltas, num_examples):
    thirds = num_examples / num_examples.sum() @ deltas
    assert (mean(deltas, num_examples) == thirds).all()


def mean_property_returned(mean, deltas, num_examples):
    return np.allclose(mean(deltas, num_examples), deltas.mean(axis=0))


def gradient_property_of_shapes(model, theta, features, labels):
    assert model.grad(theta, features, labels).shape == theta.shape


def gradient_property_downhill(model, theta, features, labels):
    step = theta - 10 * model.grad(theta, features, labels)
    assert model.loss(step, features, labels) < model.loss(theta, features, labels)


def partition_property_of_length(partition, dataset, num_clients, seed):
    owner = partition(dataset, num_clients, np.random.default_rng(seed))
    assert len(owner) == dataset.num_examples


def partition_property_too_fair(partition, dataset, num_clients, seed):
    owner = partition(dataset, num_clients, np.random.default_rng(seed))
    assert len(set(np.bincount(owner))) == 1


def partition_property_with_another_name(partition, dataset, clients):
    assert clients


def sum_by_counting(masked_with, open_seeds, open_keys):
    return 1 if any(open_seeds * open_keys) else len(masked_with)


def pieces(tied, open_seeds):
    """Sizes of the connected pieces whose seeds are all open; `tied` is symmetric."""
    left, sizes = set(range(len(tied))), []
    while left:
        piece, front = set(), {left.pop()}
        while front:
            piece |= front
            front = {v for u in front for v in range(len(tied)) if tied[u, v]} - piece
        left -= piece
        if all(open_seeds[u] for u in piece):
            sizes.append(len(piece))
    return min(sizes, default=0)


def sum_of_symmetric_masks(masked_with, open_seeds, open_keys):
    closed = 1 - open_keys
    tied = (masked_with | masked_with.T) * np.outer(closed, closed)
    return pieces(tied, open_seeds)


def readable(hidden, open_seeds):
    """As the right answer, of masks that are left."""
    alone = (hidden > hidden.T).any(axis=1)
    return pieces(hidden & hidden.T, open_seeds * (1 - alone))


def sum_with_own_keys(masked_with, open_seeds, open_keys):
    return readable(masked_with * (1 - open_keys)[:, np.newaxis], open_seeds)


def sum_without_seeds(masked_with, open_seeds, open_keys):
    closed = 1 - open_keys
    return readable(masked_with * np.outer(closed, closed), np.ones_like(open_seeds))


def sum_as_a_list(masked_with, open_seeds, open_keys):
    return [len(masked_with)]


WRONG_ANSWERS = [
    ("delta-1", delta_backwards, "would walk backwards"),
    ("delta-1", delta_is_the_model, "what leaves the device is the change"),
    ("delta-1", delta_without_return, "returns None. Is its last line a `return`?"),
    ("weighted-mean-1", mean_unweighted, "That is the plain mean"),
    ("weighted-mean-1", mean_not_divided, "still has to be divided by n"),
    ("weighted-mean-1", mean_as_a_list, "returns a list. Wrap it: `return np.array(...)`"),
    (
        "weighted-mean-1",
        mean_that_does_not_broadcast,
        "returns shape (2,) where shape (1,) is wanted",
    ),
    ("sigmoid-1", sigmoid_that_overflows, "NumPy warns in your function: overflow"),
    (
        "sigmoid-1",
        sigmoid_of_one_number,
        "in the line `return 1 / (1 + math.exp(-z))`. float(), int() and the functions of math",
    ),
    ("sigmoid-1", sigmoid_mirrored, "the sigmoid of -z"),
    ("logistic-gradient-1", logistic_summed, "divide by the number of rows"),
    ("logistic-gradient-1", logistic_reversed, "The sign is reversed"),
    ("logistic-gradient-1", logistic_of_scores, "take the sigmoid"),
    ("l2-gradient-1", l2_subtracted, "here it is subtracted, and the weights would grow"),
    ("l2-gradient-1", l2_doubled, "the 2 of the square and the 1/2 cancel"),
    ("l2-gradient-1", l2_in_place, "changes its argument `gradient`"),
    ("softmax-gradient-1", softmax_that_overflows, "NumPy warns in your function: overflow"),
    ("softmax-gradient-1", softmax_not_divided, "so divide by n"),
    ("softmax-gradient-1", softmax_without_the_label, "1 at the true class is still to be taken"),
    ("mlp-backward-1", backward_without_the_max, "Multiply by (z1 > 0)"),
    ("mlp-backward-1", backward_without_the_bias, "The bias b1 belongs to z1"),
    ("local-sgd-1", epoch_without_the_last_batch, "The last, smaller batch is left out"),
    ("local-sgd-1", epoch_in_place, "`theta = theta - step` instead of `theta -= step`"),
    ("local-sgd-1", epoch_out_of_order, "The rows are taken in the order in which they are"),
    ("cohort-size-1", cohort_cut_off, "0.29 * 100 is a little below 29"),
    ("cohort-size-1", cohort_empty, "Nobody would take part"),
    ("cohort-size-1", cohort_of_fractions, "returns a float where a whole number (int)"),
    ("client-update-1", update_of_one_epoch, "repeat it local_epochs times"),
    ("client-update-1", update_in_one_order, "Draw it anew in each of them"),
    ("client-update-1", update_without_its_generator, "Your function must take 8 arguments"),
    ("server-average-1", server_backwards, "The server walks backwards"),
    ("server-average-1", server_unweighted, "weigh each update by n_k / n"),
    ("server-average-1", server_step_alone, "That is the step alone"),
    ("smallest-sum-1", sum_by_counting, "That is the counting argument"),
    ("smallest-sum-1", sum_of_symmetric_masks, "look at masked_with in both directions"),
    ("smallest-sum-1", sum_with_own_keys, "the peer's opens it too"),
    ("smallest-sum-1", sum_without_seeds, "hidden by its own mask"),
    ("smallest-sum-1", sum_as_a_list, "where a whole number (int)"),
    ("mean-property-1", mean_property_of_bounds, "whether it has 1 example or 1000"),
    ("mean-property-1", mean_property_exact, "compare with np.testing.assert_allclose"),
    ("mean-property-1", mean_property_returned, "It has to `assert`"),
    ("gradient-property-1", gradient_property_of_shapes, "the gradient subtracts l2 W"),
    ("gradient-property-1", gradient_property_downhill, "in the line `assert model.loss(step"),
    ("partition-property-1", partition_property_of_length, "later classes have no owner"),
    ("partition-property-1", partition_property_too_fair, "it claims too much"),
    ("partition-property-1", partition_property_with_another_name, "an argument `clients`"),
    *SIDE_ROOMS["WRONG_ANSWERS"],
    *RECOVERY["WRONG_ANSWERS"],
    *ROBUST["WRONG_ANSWERS"],
    *PRIVACY["WRONG_ANSWERS"],
]
