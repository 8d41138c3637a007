"""Pictures: checked, decoded, made to fit, put side by side. Knows nothing of Discord and nothing of ToAPIs."""
