"""The stand-in's pages for people: what Xero's own pages would show and let someone do, without JavaScript."""
