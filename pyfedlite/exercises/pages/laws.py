"""Exercises of page 18, laws: the answer is a property, and mutants mark it."""

from pyfedlite.exercises.exercise import Exercise

MEAN_PROPERTY = Exercise(
    name="mean-property-1",
    page="18",
    title="A property of the weighted mean",
    signature="mean_property(mean, deltas, num_examples)",
    statement="Write a property: given a function mean(deltas, num_examples), and drawn deltas, "
    "shape (cohort, num_params), and num_examples, shape (cohort,), assert something that holds "
    "for sum_k (n_k / n) Delta_k and fails for each broken mean.",
    hints=(
        "Bounds and agreement are good laws, and a mean that forgets the weights obeys them. What "
        "can you say about the weights, in every coordinate?",
        "A client with n_k examples could as well be n_k clients with 1 example each, and their "
        "plain mean is the result: np.repeat(deltas, num_examples, axis=0). Or multiply out: n "
        "times the mean is a sum.",
        "Compare, with np.testing.assert_allclose, mean(deltas, num_examples) times the total "
        "number of examples with the sum of the updates, each times its n_k.",
    ),
    subject="weighted_mean",
)

GRADIENT_PROPERTY = Exercise(
    name="gradient-property-1",
    page="18",
    title="A property of a gradient",
    signature="gradient_property(model, theta, features, labels)",
    statement="Write a property: given a model with model.loss(theta, features, labels) and "
    "model.grad(theta, features, labels), and drawn arguments, assert something that holds when "
    "grad is the derivative of loss, and fails for each broken model.",
    hints=(
        "What is a derivative? The change of the loss, divided by a small step.",
        "Take a step h = 1e-5 in both directions along one coordinate: (loss(theta + h e) - "
        "loss(theta - h e)) / (2 h). The rows of h * np.eye(len(theta)) are the steps.",
        "For each coordinate, assert that the central difference is within 1e-4 of the same "
        "number of the gradient. NaN and infinity must fail too, so write `abs(a - b) < 1e-4`.",
    ),
    subject="gradient",
)

PARTITION_PROPERTY = Exercise(
    name="partition-property-1",
    page="18",
    title="A property of a partition",
    signature="partition_property(partition, dataset, num_clients, seed)",
    statement="Write a property: partition(dataset, num_clients, np.random.default_rng(seed)) "
    "returns the client, 0 to num_clients - 1, of each of dataset.num_examples rows, and leaves "
    "nobody without a row. Assert it so that each broken partition fails.",
    hints=(
        "What does every row have? What does every client have?",
        "The owners are one whole number a row. np.unique gives those that occur, and an error in "
        "the partition itself fails your property too, so call it.",
        "Call partition. Assert that there are dataset.num_examples owners, and that np.unique("
        "owner), the sorted owners without repetition, are exactly np.arange(num_clients).",
    ),
    subject="partition",
)
