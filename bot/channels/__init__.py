"""The ways to reach the desk: one file each."""
