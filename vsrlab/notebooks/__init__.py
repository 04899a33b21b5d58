"""The lessons: run from top to bottom without a browser, kept light, with the minutes they take at their head.

    python -m vsrlab.notebooks notebooks/*.ipynb                 run in place, outputs kept, minutes written
    python -m vsrlab.notebooks --minutes notebooks/*.ipynb       write the minutes anew after a change of text, without running
    VSRLAB_QUICK=1 python -m vsrlab.notebooks ...                the short form that the tests use: training cells are shorter

    running.py   execute a notebook; what is kept of it
    minutes.py   the minutes at the head: reading, guessing, writing, trying, quiz
    parts.py     the twelve parts of a lesson, by the tags of its cells
"""
from vsrlab.notebooks.running import HEAVY, execute, heaviest, main, quick, run_folder, slim

__all__ = ["HEAVY", "execute", "heaviest", "main", "quick", "run_folder", "slim"]
