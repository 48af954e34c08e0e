"""Deterministic orchestration, one workflow a file."""
