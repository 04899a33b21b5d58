"""The published figures: what papers print about image-text matching, each cell with its source and how it was read."""
