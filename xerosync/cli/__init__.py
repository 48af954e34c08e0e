"""The command line: a file a group of commands, each command one function that is declared beside its code.

`app.py` runs a command, `terminal.py` says how it speaks; `starter.py` lists the commands.
"""
