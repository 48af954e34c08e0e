"""The tie between a Sequence account and a Xero organisation: grant, defaults, chart of accounts."""
