"""Harness: a real sidecar, a scripted origin and a raw client for the tests.

    client.py ──bytes──▶ sidecar.py (a subprocess) ──▶ origin.py (a thread)

`strict.py` is the independent parser on both ends, `kernel.py` tells when the
other end has read what was sent. Nothing here imports the sidecar's code.
"""
