"""The error desk: what failed, why, and whether it really failed, for the scores of any model.

digest       one pass over the scores: ranks, margins, first answers; `store` keeps it in NAME.desk/
duplicates   near-duplicate images and texts of a whole gallery
"""
