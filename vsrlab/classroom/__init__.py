"""The teacher's tools: versions of the lessons, grades of what was handed in, and the board of who is where.

    vsrlab course build --version instructor --language en --out FOLDER
    vsrlab course collect FOLDER --out grades.csv
    vsrlab course board FOLDER

    versions.py   one lesson as student, solution, instructor, nbgrader or otter notebook
    build.py      a folder of lessons in one version
    notes.py      what the instructor version says beside a cell
    handed.py     what students handed in: notebooks and answers.json, read without running them
    grades.py     every source runs again, in a process of its own; the table
    board.py      how many are where, and which mistake how often
    command.py    the three on the command line
"""

VERSIONS = ("student", "solution", "instructor", "nbgrader", "otter")
