"""Commands about connections: connect, disconnect, settings and keys."""
