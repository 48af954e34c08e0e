"""Reconcile: compares all documents of Sequence and Xero, says what differs and why, and fixes what is safe."""
