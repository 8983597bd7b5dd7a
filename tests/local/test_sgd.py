import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyfedlite.clients import Client, Fate, Participant
from pyfedlite.errors import DivergedError
from pyfedlite.local.sgd import NUM_LOSS_EXAMPLES, LocalSGD
from pyfedlite.models import LinearRegression, SoftmaxRegression
from pyfedlite.testing.strategies import seeds

LINEAR = LinearRegression(1, dtype="float64")
ROW = Participant(Client(0, np.array([[2.0]]), np.array([3.0])))


def train(local: LocalSGD, participant: Participant = ROW, round: int = 1, **options):
    rng = np.random.default_rng(0)
    return local.train(LINEAR, np.zeros(2), participant, rng, round=round, **options)


@given(
    num_examples=st.integers(1, 50),
    batch_size=st.none() | st.integers(1, 60),
    local_epochs=st.integers(1, 3),
    seed=seeds(),
)
def test_every_epoch_passes_each_row_once(
    num_examples: int, batch_size: int | None, local_epochs: int, seed: int
) -> None:
    local = LocalSGD(local_epochs, batch_size)
    orders = list(local.orders(num_examples, Fate(), np.random.default_rng(seed)))
    assert len(orders) == local_epochs
    for order in orders:
        assert sorted(order.tolist()) == list(range(num_examples))


@given(num_examples=st.integers(1, 50), batch_size=st.integers(1, 60))
def test_number_of_steps_is_epochs_times_batches(num_examples: int, batch_size: int) -> None:
    rows = Participant(Client(0, np.zeros((num_examples, 1)), np.zeros(num_examples)))
    update = train(LocalSGD(2, batch_size), rows)
    assert update.num_steps == 2 * -(-num_examples // batch_size)
    assert update.num_examples == num_examples


def test_momentum_adds_the_last_step_again() -> None:
    # loss (2w + b - 3)^2 / 2: gradient at 0 is (-6, -3); after a step of 0.1 it halves its sign:
    # z = 2 * 0.6 + 0.3 = 1.5, gradient (-3, -1.5); velocity 0.5 * (-6, -3) + (-3, -1.5) = (-6, -3).
    local = LocalSGD(2, None, learning_rate=0.1, momentum=0.5)
    np.testing.assert_allclose(train(local).delta, [1.2, 0.6], rtol=1e-15)


def test_learning_rate_decays_by_round() -> None:
    local = LocalSGD(1, None, learning_rate=0.1, learning_rate_decay=0.5)
    np.testing.assert_allclose(train(local, round=3).delta, [0.15, 0.075], rtol=1e-15)


def test_correction_is_added_to_every_gradient() -> None:
    def against(participant: Participant, theta: np.ndarray) -> np.ndarray:
        return np.array([6.0, 3.0])  # minus the gradient at 0

    local = LocalSGD(1, None, learning_rate=0.1, correction=against)
    np.testing.assert_array_equal(train(local).delta, [0.0, 0.0])


def test_correction_that_is_no_function_is_refused() -> None:
    with pytest.raises(TypeError, match=r"^correction must be a correction, .* got ndarray"):
        LocalSGD(correction=np.zeros(2))  # type: ignore[arg-type]


def test_participants_own_budget_replaces_the_epochs() -> None:
    slow = Participant(ROW.client, fate=Fate(local_epochs=1))
    assert train(LocalSGD(5, None), slow).num_steps == 1


@given(num_examples=st.integers(1, 30), batch_size=st.integers(1, 12), steps=st.integers(1, 40))
def test_a_fate_may_give_the_number_of_steps(
    num_examples: int, batch_size: int, steps: int
) -> None:
    rows = Client(0, np.zeros((num_examples, 1)), np.zeros(num_examples))
    update = train(LocalSGD(2, batch_size), Participant(rows, fate=Fate(local_steps=steps)))
    assert update.num_steps == steps


def test_memory_of_the_participant_travels_with_the_update() -> None:
    memory = {"c": np.ones(2)}
    assert train(LocalSGD(1, None), Participant(ROW.client, memory)).memory.keys() == {"c"}


def test_train_loss_is_the_loss_of_the_received_model() -> None:
    assert train(LocalSGD(3, None, learning_rate=0.1)).train_loss == 4.5  # 3^2 / 2 at theta = 0


def test_train_loss_of_many_rows_is_taken_on_some_of_them() -> None:
    n = 10 * NUM_LOSS_EXAMPLES
    labels = np.arange(n) % 2 * 2.0  # half of the losses are 0, half are 2
    rows = Participant(Client(0, np.zeros((n, 1)), labels))
    # The mean of 128 of 1280 such losses has a standard deviation of sqrt(0.9 / 128) = 0.084;
    # four of them are left with probability 6e-5, and the draw is fixed.
    assert abs(train(LocalSGD(1, 10), rows).train_loss - 1) < 0.34


def test_float32_model_trains_in_float32() -> None:
    model = SoftmaxRegression(2, 3)
    rows = Participant(Client(0, np.ones((4, 2)), np.array([0, 1, 2, 0])))
    theta = model.init(np.random.default_rng(0))
    update = LocalSGD().train(model, theta, rows, np.random.default_rng(0), round=1)
    assert update.delta.dtype == np.float32


def test_diverging_client_is_named_with_round_and_remedy() -> None:
    steep = Participant(Client(7, np.array([[1e3]]), np.array([1.0])))
    local = LocalSGD(200, None, learning_rate=10.0)
    sentence = (
        "theta of client 7 must stay finite, got inf or NaN in round 4; "
        "try a learning_rate below 10, or standardised features"
    )
    with pytest.raises(DivergedError, match=sentence):
        train(local, steep, round=4)


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"local_epochs": 0}, "local_epochs must be at least 1, got 0"),
        ({"batch_size": 0}, "batch_size must be at least 1, got 0; None takes all rows"),
        ({"learning_rate": 0}, r"learning_rate must be above 0, got 0\.0"),
        ({"learning_rate": float("inf")}, "learning_rate must be finite, got inf"),
        ({"momentum": 1}, r"momentum must lie in \[0, 1\), got 1\.0"),
        ({"proximal_mu": -1}, r"proximal_mu must be at least 0, got -1\.0"),
        ({"learning_rate_decay": 0}, r"learning_rate_decay must be above 0, got 0\.0"),
        ({"learning_rate_decay": 2}, r"learning_rate_decay must lie in \[0, 1\], got 2\.0"),
    ],
)
def test_setting_out_of_range_is_refused(settings: dict[str, float], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        LocalSGD(**settings)  # type: ignore[arg-type]


@pytest.mark.parametrize("settings", [{"local_epochs": 1.5}, {"batch_size": True}])
def test_count_that_is_no_integer_is_refused(settings: dict[str, float]) -> None:
    with pytest.raises(TypeError, match="must be an integer"):
        LocalSGD(**settings)  # type: ignore[arg-type]


@pytest.mark.parametrize(("rate", "shown"), [(10**400, "inf"), (-(10**400), "-inf")])
def test_a_whole_number_beyond_all_floats_is_no_learning_rate(rate, shown):
    with pytest.raises(ValueError, match=f"learning_rate must be finite, got {shown}"):
        LocalSGD(local_epochs=1, batch_size=1, learning_rate=rate)
