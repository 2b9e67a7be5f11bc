"""What a Python integrator installs: a licence kept fresh, guards, usage that is never lost."""
