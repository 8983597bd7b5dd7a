"""What tests and students share: strategies, and batteries of laws for every kind of part.

Needs Hypothesis and pytest: ``pip install 'pyfedlite[test]'``.
"""

from pyfedlite.testing.aggregators import AGGREGATOR_LAWS, check_aggregator
from pyfedlite.testing.algorithms import ALGORITHM_LAWS, check_algorithm
from pyfedlite.testing.models import MODEL_LAWS, check_model
from pyfedlite.testing.partitioners import PARTITIONER_LAWS, check_partitioner

__all__ = [
    "AGGREGATOR_LAWS",
    "ALGORITHM_LAWS",
    "MODEL_LAWS",
    "PARTITIONER_LAWS",
    "check_aggregator",
    "check_algorithm",
    "check_model",
    "check_partitioner",
]
