"""xerosync keeps the customers, invoices and credit notes of Sequence and Xero in step.

core                 what all sides speak of; no I/O
documents, customers, reconcile, backfill, connection
                     what is done, a slice each
xero, sequence, postgres
                     everything that knows Xero, Sequence, SQL
web, cli             the doors: webhooks, console and API; commands
"""
