"""What happens next? The conversation engine, one file a conversation, and every English word a person
reads."""
