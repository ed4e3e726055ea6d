"""Benchmarks: the sidecar against its peers, on one machine, in one interleaved run."""
