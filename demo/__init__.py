"""`demo`: a month of billing between both stand-ins, played by people, synced by a real worker, and audited.

story   what is billed and what becomes of each document
people  the billing clerk in Sequence and the bookkeeper in Xero, over HTTP
play    the acts in their order
audit   both systems asked at the end, and compared with what should be
"""
