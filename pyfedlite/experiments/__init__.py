"""Experiments: runs that are described by a file, and what they leave behind."""

from pyfedlite.experiments.build import Experiment, build
from pyfedlite.experiments.config import RunConfig
from pyfedlite.experiments.parts import ModelConfig
from pyfedlite.experiments.settings import resolve
from pyfedlite.experiments.writing import tables

__all__ = ["Experiment", "ModelConfig", "RunConfig", "build", "resolve", "tables"]
