"""What can go wrong at ToAPIs, each by name, to be switched on by a test or a visitor."""
