"""What a person may do, one file an act or a group of acts: the command line and the console both call these.

An act returns a result and prints nothing. It raises XerosyncError with one sentence where it can't be done.
"""
