"""One file a paper: its rows in the order of the paper, with their LaTeX."""
