"""Federated averaging as a student writes it on the first day: lists of arrays, ``w -= lr * g``."""

from itertools import pairwise

import numpy as np


def init(sizes, rng):
    """Return W1, b1, W2, b2, ..."""
    w = []
    for fan_in, fan_out in pairwise(sizes):
        w.append(rng.normal(0, np.sqrt(2 / fan_in), (fan_in, fan_out)).astype(np.float32))
        w.append(np.zeros(fan_out, np.float32))
    return w


def gradient(w, x, y):
    """Return the gradient of the mean cross-entropy by each array of w."""
    a = [x]
    for W, b in zip(w[:-2:2], w[1:-2:2], strict=True):
        a.append(np.maximum(a[-1] @ W + b, 0))
    z = a[-1] @ w[-2] + w[-1]
    p = np.exp(z - z.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    p[np.arange(len(y)), y] -= 1
    dz, grads = p / len(y), []
    for layer in reversed(range(len(a))):
        grads = [a[layer].T @ dz, dz.sum(axis=0), *grads]
        if layer > 0:
            dz = dz @ w[2 * layer].T * (a[layer] > 0)
    return grads


def client_update(w, x, y, batch_size, epochs, learning_rate, rng):
    """Return the client's arrays after its epochs."""
    w = [part.copy() for part in w]
    for _ in range(epochs):
        order = rng.permutation(len(y))
        for start in range(0, len(y), batch_size):
            b = order[start : start + batch_size]
            for part, grad in zip(w, gradient(w, x[b], y[b]), strict=True):
                part -= learning_rate * grad
    return w


def federated_round(w, clients, batch_size, epochs, learning_rate, rng):
    """Return the mean of the clients' arrays, weighted by their examples."""
    n = sum(len(y) for _, y in clients)
    total = [np.zeros_like(part) for part in w]
    for x, y in clients:
        w_k = client_update(w, x, y, batch_size, epochs, learning_rate, rng)
        for part, part_k in zip(total, w_k, strict=True):
            part += len(y) / n * part_k
    return total
