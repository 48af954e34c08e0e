"""Webhooks of Sequence and Xero: verified, understood as hints, kept until Temporal has them.

A delivery is acknowledged only once the inbox holds it, or Temporal has its signals. Each one is a hint to look and
nothing more, so that doubled, late, replayed and reordered deliveries change nothing.
"""
