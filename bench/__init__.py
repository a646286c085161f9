"""How fast, how large, how right? Each part compares things side by side in one run: `python -m bench --help`."""
