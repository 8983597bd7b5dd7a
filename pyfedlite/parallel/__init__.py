"""Parallel: where clients are trained. Loading this package loads no NumPy.

A room for speed: the same bits come out of a serial run. A worker process imports this package
before anything else, and the number of BLAS threads has to be set before NumPy is loaded.
"""
