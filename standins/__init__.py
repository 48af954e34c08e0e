"""A stateful Xero and a stateful Sequence, served over HTTP on 127.0.0.1, for people and for tests.

`standins.xero` and `standins.sequence` are the two stand-ins; `python -m standins`
runs both. What they share stands in this package: one clock that can be moved, exact JSON, a journal of all
requests, faults on demand, a server that can break a connection, and the `/_sandbox/…` controls of these.

The package imports nothing of the product outside itself, so that a mistake about the wire is not made twice
alike.
"""

from standins.clock import Clock
from standins.faults import Faults
from standins.journal import Journal
from standins.serving import Served, serve

__all__ = ["Clock", "Faults", "Journal", "Served", "serve"]
