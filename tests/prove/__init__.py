"""The long rounds: what ``make test`` does once, done many times. ``make prove`` runs them."""
