"""A scheduled technology and research watch for digital learning teams."""

__version__ = "0.1.0"
