"""What the owner of a server decides: rules, limits, blocks, consent, styles and a key of its own."""
