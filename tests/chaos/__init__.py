"""Kills and faults against the real worker, and both companies' books compared by somebody who trusts neither.

city      one stack, several accounts with an organisation each, and people at work in them
workers   worker processes that are started anew when they die
witness   what both sides hold in the end, over raw HTTP
havoc     a long run: many documents, faults by chance, workers killed at random
"""
