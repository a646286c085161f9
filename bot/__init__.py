"""Who is talking? Channels, the turn, replies, sending, the worker, the command line."""
