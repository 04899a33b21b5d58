"""A walk through the survey: ten ideas of image-text matching, each measured on scenes and kept as numbers, with one picture."""
