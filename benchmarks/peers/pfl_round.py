"""A round of pfl's own federated averaging in simulation: PyTorch, one process, one thread.

Its data sets hand out the same batches in every epoch, without shuffling: less work than elsewhere.
"""

import sys
from importlib.metadata import version

import serving

try:
    import pfl  # noqa: F401
    import torch
except ImportError:
    serving.answer(absent="pfl[pytorch]")
    raise SystemExit from None

import torch_loop
from pfl.aggregate.simulate import SimulatedBackend
from pfl.aggregate.weighting import WeightByDatapoints
from pfl.algorithm.base import NNAlgorithmParams
from pfl.algorithm.federated_averaging import FederatedAveraging
from pfl.data.federated_dataset import FederatedDataset
from pfl.data.pytorch import PyTorchTensorDataset
from pfl.data.sampling import get_user_sampler
from pfl.hyperparam.base import NNTrainHyperParams
from pfl.metrics import Weighted
from pfl.model.pytorch import PyTorchModel


class Classifier(torch.nn.Module):
    """The network with its loss, as pfl wants it."""

    def __init__(self, sizes):
        super().__init__()
        self.network = torch_loop.network(sizes)

    def loss(self, x, y):
        """Return the mean cross-entropy."""
        return torch.nn.functional.cross_entropy(self.network(x), y)

    def metrics(self, x, y):
        """Return the loss; pfl evaluates in its very first round, which is not timed."""
        return {"loss": Weighted(len(y) * self.loss(x, y).item(), len(y))}


def main():
    """Serve rounds."""
    torch.set_num_threads(1)
    sizes, batch_size, epochs, learning_rate, clients = serving.work(sys.argv[1])
    users = [
        PyTorchTensorDataset((torch.from_numpy(x), torch.from_numpy(y)), user_id=str(k))
        for k, (x, y) in enumerate(clients)
    ]
    # Each user once a round: the sampler takes those first whom it has not had for longest.
    cohorts = FederatedDataset(
        users.__getitem__, get_user_sampler("minimize_reuse", list(range(len(users))))
    )
    backend = SimulatedBackend(cohorts, cohorts, postprocessors=[WeightByDatapoints()])
    classifier = Classifier(sizes)
    model = PyTorchModel(
        classifier, torch.optim.SGD, torch.optim.SGD(classifier.parameters(), lr=1.0)
    )
    local = NNTrainHyperParams(
        local_num_epochs=epochs, local_learning_rate=learning_rate, local_batch_size=batch_size
    )
    algorithm, done = FederatedAveraging(), 0

    def run():
        nonlocal done
        done += 1
        rounds = NNAlgorithmParams(
            central_num_iterations=done,
            evaluation_frequency=sys.maxsize,
            train_cohort_size=len(users),
            val_cohort_size=None,
        )
        algorithm.run(rounds, backend, model, local, send_metrics_to_platform=False)

    serving.serve(version("pfl"), run)


if __name__ == "__main__":
    main()
