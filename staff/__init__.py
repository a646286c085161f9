"""Who decides? The pages on which library staff read requests, decide, and keep the sessions."""
