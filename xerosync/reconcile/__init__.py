"""Both systems compared, document by document: what differs, why, and what mends it."""
