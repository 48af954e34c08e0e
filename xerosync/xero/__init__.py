"""Everything that knows Xero: its endpoints, its words and its limits.

gateway                                `open_xero` wires everything from plain arguments
documents, document_lists              what activities do with invoices and credit notes
contacts, organisations                what activities do with contacts and with an organisation's settings
mapping, lines                         from Sequence's documents to Xero's (pure)
calls/group_commit, batch_sizes        many records with one call
calls/writes, *_lookup                 what such a call writes or looks up
calls/rate_limit, spacing              when a call may be made
calls/caller, transport, lists         one call; one list
oauth/                                 consent, tokens, and the organisations that the app may use
wire, answer, refusals, errors, names  what Xero says
"""

from xerosync.core.rate_limits import Lane
from xerosync.xero.calls.rate_limit import Budget
from xerosync.xero.calls.transport import ACCOUNTING
from xerosync.xero.contacts import XeroContacts
from xerosync.xero.documents import XeroBooks
from xerosync.xero.gateway import XeroGateway, open_xero

__all__ = ["ACCOUNTING", "Budget", "Lane", "XeroBooks", "XeroContacts", "XeroGateway", "open_xero"]
