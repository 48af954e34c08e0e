"""A flood of deliveries on copies of the edge that are killed, while database and Temporal come and go.

Nothing that was acknowledged may be lost, and nothing that was forged may be acknowledged.
"""
