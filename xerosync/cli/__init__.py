"""What `starter.py` does, a module a command. Like `worker.py`, a composition root: here adapters meet."""
