"""What is remembered? The database: its models and migrations, and the rules of all that is kept."""
