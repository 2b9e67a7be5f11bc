"""The catalogue: plans, prices, packs, features, metrics and quotas as data."""
