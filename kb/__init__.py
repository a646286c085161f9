"""What is true? The services, partners and places the desk knows, each fact with its source."""
