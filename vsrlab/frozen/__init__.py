"""Networks that come ready-made in packages: their files are checked before they are read, and no code of theirs is run."""
