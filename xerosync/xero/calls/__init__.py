"""Calls to Xero: many documents to a call, within the organisation's budget, each by a token."""
