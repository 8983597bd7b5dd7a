"""A round of pyfedlite over every second client: ``pyfedlite_half.py work.npz first``.

Two of these at once do the arithmetic of a round on two processors, and exchange nothing. No
division of the round among two processes can be faster.
"""

import sys

import serving

import pyfedlite as fl
from pyfedlite._memory import keep_freed_memory
from pyfedlite.clients import Client, Participant
from pyfedlite.seeds import Role, RoundSeed


def main():
    """Serve rounds."""
    path, first = sys.argv[1:]
    sizes, batch_size, epochs, learning_rate, clients = serving.work(path)
    model = fl.MLP(*sizes) if len(sizes) > 2 else fl.SoftmaxRegression(*sizes)
    algorithm = fl.fedavg(
        model, local_epochs=epochs, batch_size=batch_size, learning_rate=learning_rate
    )
    half = list(enumerate(clients))[int(first) :: 2]
    cohort = [Participant(Client(k, *rows)) for k, rows in half]
    state = algorithm.init(RoundSeed(0).rng(Role.INIT))
    keep_freed_memory()  # as `simulate` does
    serving.serve(fl.__version__, lambda: algorithm.round(state, cohort, RoundSeed(0, 1)))


if __name__ == "__main__":
    main()
