"""A small Discord in memory: servers, channels, people, messages, and what people do with them. No I/O."""
