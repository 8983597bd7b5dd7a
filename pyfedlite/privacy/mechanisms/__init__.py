"""Noise that is drawn exactly. For teaching and research: not audited."""

from pyfedlite.privacy.mechanisms.discrete_gaussian import discrete_gaussian, draw_discrete_gaussian

__all__ = ["discrete_gaussian", "draw_discrete_gaussian"]
