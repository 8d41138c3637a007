"""Pictures: check, decoding, encoding below a limit, collages. Knows nothing of Discord and nothing of ToAPIs."""
