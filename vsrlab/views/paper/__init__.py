"""Paper mode as a view: the rows of a paper with the numbers of one pair; see vsrlab/paper_mode."""
