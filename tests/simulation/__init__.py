"""Both companies, the workflows and the activities in one process, on one seeded scheduler and virtual time."""
