"""Which zones to survey first, and how sure that order is."""
