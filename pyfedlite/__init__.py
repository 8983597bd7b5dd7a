"""Federated learning to read with the paper open beside it."""

__version__ = "0.1.0"
