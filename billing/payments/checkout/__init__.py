"""Plans that Stripe sells and collects for, and what it says of them as ours."""
