"""The two providers, as small servers that the real client libraries talk to over HTTP."""
