"""What all sides speak of: documents, customers, connections, messages, holds and the lifecycle. No I/O."""
