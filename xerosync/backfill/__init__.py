"""Backfill: starts a workflow for each document that exists already in Sequence."""
