"""Parallel: in which process clients are trained. Loading this package does not load NumPy.

A room for speed: a run in one process gives the same bits. A worker process imports this package
first, because the number of BLAS threads has to be set before NumPy is loaded.

Left neighbour: ``simulation`` asks for workers. Right neighbour: ``algorithms`` sends clients to
them by the ``map`` that is made here.
"""
