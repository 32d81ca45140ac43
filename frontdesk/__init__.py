"""The front desk: the only public service, and the keeper of everything that must not be lost."""
