"""ToAPIs, the service that paints: client, catalogue of models, downloads. Knows nothing of Discord."""
