"""How any two parts talk: servers, channels, identity, errors, stores, telemetry."""
