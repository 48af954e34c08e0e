"""Kills and faults against the real worker, and both companies' books compared by somebody who trusts neither.

city      one stack, several accounts with an organisation each
people    who bill there and keep the books
workers   worker processes that are started anew when they die
faults    all that the stand-ins can play
witness   what both sides hold in the end, over raw HTTP
ledger    what people did, as the witness wrote it down
crowd     people who act on both sides at random
explain   what is left between both books, and whose act explains it
day       a day of that, with faults and kills
havoc     a long run: many documents, faults by chance, workers killed at random
"""
