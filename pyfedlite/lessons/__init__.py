"""Lessons: the tutorials as notebooks for Jupyter, which a user can copy and change.

Left neighbour: the pages of ``tutorials/``. Right neighbour: ``cli`` has the command
``pyfedlite tutorial``.
"""
