"""Staff: accounts, invitations, sign-in, personal tokens, and the JSON interface for programs."""
