"""Bringing in what exists already: what becomes of each document, and its workflow as others reach it."""
