"""What can go wrong with the embedded stack: one sentence for a person, naming the log that knows more."""


class EmbeddedError(Exception):
    """The embedded stack could not do what was asked; the message is one sentence to show as it is."""
