"""Benchmarks: ``python -m benchmarks [name ...] [--save]``; see docs/benchmarks.md."""
