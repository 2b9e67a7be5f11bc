"""The ways out: e-mail, SMS, webhooks."""
