"""The families of `welcome`'s commands, a file each."""
