"""Calls to Xero: many records with one call, within the organisation's budget, each with a token."""
