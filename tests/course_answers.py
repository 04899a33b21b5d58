"""Answers of other people to the exercises: right ones in another style, known mistakes in another style, two mistakes at once."""
import answers_matching
import answers_measuring

RIGHT = answers_matching.RIGHT | answers_measuring.RIGHT              # id -> (answer, answer, ...)
VARIANTS = answers_matching.VARIANTS | answers_measuring.VARIANTS     # id -> [(key, answer), ...]
ODD = answers_matching.ODD | answers_measuring.ODD                    # id -> [(what, answer), ...]
