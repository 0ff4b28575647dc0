"""How the hours of survey teams are best spent, and what a search can and cannot tell."""
