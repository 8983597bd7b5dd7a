"""The exercises themselves, a file for each tutorial that has some."""
