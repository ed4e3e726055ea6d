"""What tests of the server share."""

import logging

import pytest


@pytest.fixture
def preserved_logging():
    """What instruments replace is put back."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
