"""xerosync keeps the customers, invoices and credit notes of Sequence and Xero in step.

model      what all sides speak of; no I/O
xero       everything that knows Xero
sequence   everything that knows Sequence
store      everything that knows SQL
sandbox    stand-ins for both companies, and an embedded Temporal and PostgreSQL
"""
