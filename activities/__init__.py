"""Every side effect, one activity per outside effect; the clients are injected and seen as Protocols (`ports`)."""
