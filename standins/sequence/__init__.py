"""A stateful Sequence for people and tests: customers, invoices, credit notes and what can be done with them.

`create_sequence` builds the application; `app.state.sequence` is the `Sequence` behind it. The API stands under
`/api`, as the real one does. What Sequence does not publish is chosen once, in the module it concerns, and said
there.
"""

from standins.sequence.app import create_sequence
from standins.sequence.state import DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET, Account, Sequence

__all__ = ["DEFAULT_CLIENT_ID", "DEFAULT_CLIENT_SECRET", "Account", "Sequence", "create_sequence"]
