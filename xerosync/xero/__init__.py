"""Everything that knows Xero. Nothing else speaks its endpoints, its words or its limits.

opening        `open_xero` wires it all from plain arguments
books · contacts · organisations      what activities call
mapping · lines                       from Sequence's documents to Xero's (pure)
operations · batching · company       many documents to a call
budget · allowance                    whose turn it is
caller · transport · tokens           one call, and the token it carries
identity · consent · tenants          how the app is let in, and where
wire · answers · refusals · errors    what Xero says
links                                 addresses of Xero's own pages
"""

from xerosync.xero.calls.meter import Budget, Lane
from xerosync.xero.contacts import XeroContacts
from xerosync.xero.documents import XeroBooks
from xerosync.xero.gateway import XeroGateway, open_xero

__all__ = ["Budget", "Lane", "XeroBooks", "XeroContacts", "XeroGateway", "open_xero"]
