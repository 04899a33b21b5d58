"""Paper mode: the equations of a paper one by one, with their words, code, shapes and numbers of one pair.

    step.py      Step, one row: what it says, and two functions, `read` it from the pass and `follow` it from the rows before
    one_pass.py  one pass of the model over a pair that keeps what its modules gave
    multiply.py  the equations by hand, in float64, which `follow` is made of
    source.py    lines of code, cut out by the comments that mark them
    papers/      a file a paper: the rows with their LaTeX, departures and exercises
    shelf.py     the papers by name
"""
