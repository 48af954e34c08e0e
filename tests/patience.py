"""How long a test waits for a fact before it says that the fact does not come: far longer than any busy machine needs.

No test may fail by the clock. A wait has an end only so that a test which hangs says where.
"""

PATIENCE = 240.0
"""Seconds."""
