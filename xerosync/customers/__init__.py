"""Customers and contacts: import from Xero, push into Xero, links between the two."""
