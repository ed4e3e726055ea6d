"""A reverse proxy that gives any HTTP backend what it lacks."""

__version__ = "0.1.0"
