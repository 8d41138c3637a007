"""What servers decide: rules, limits, blocks, consent, styles and an API key of their own."""
