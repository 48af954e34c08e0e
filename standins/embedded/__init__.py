"""Temporal, PostgreSQL, Xero and Sequence on one machine with Python and nothing else.

For `make demo`, `make up` and the tests: `EmbeddedStack` is all four, `EmbeddedServers` the first two, which come
from wheels and run as children of this process. No container, no right of root needed. Production has none of
this: there `XEROSYNC_DATABASE_URL` and `TEMPORAL_ADDRESS` name servers that somebody runs.
"""

from standins.embedded.errors import EmbeddedError
from standins.embedded.keeping import Keeper
from standins.embedded.servers import EmbeddedServers
from standins.embedded.stack import EmbeddedStack

__all__ = ["EmbeddedError", "EmbeddedServers", "EmbeddedStack", "Keeper"]
