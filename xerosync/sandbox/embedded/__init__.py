"""Temporal and PostgreSQL from wheels, as children of this process: for `make demo`, `make up` and the tests.

Nothing to install beside Python, no container, no right of root needed. Production has none of this: there
`XEROSYNC_DATABASE_URL` and `TEMPORAL_ADDRESS` name servers that somebody runs.
"""

from xerosync.sandbox.embedded.errors import EmbeddedError
from xerosync.sandbox.embedded.servers import EmbeddedServers

__all__ = ["EmbeddedError", "EmbeddedServers"]
