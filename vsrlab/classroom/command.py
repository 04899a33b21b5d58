"""`vsrlab course build | collect | board`: the teacher's tools on the command line."""
from vsrlab.classroom import VERSIONS

TEXT = "For teachers: the lessons in other versions, grades of what was handed in, and who is where."
EXAMPLE = "build --version instructor --out built"
LESSONS = "notebooks"


def flags(sub):
    """Describe the three commands to argparse."""
    jobs = sub.add_subparsers(metavar="JOB", required=True)
    add = jobs.add_parser("build", help="write the lessons in another version")
    add.add_argument("lessons", nargs="*", default=[LESSONS], metavar="NOTEBOOK",
                     help=f"notebooks, or a folder of them [{LESSONS}]")
    add.add_argument("--version", dest="edition", choices=VERSIONS, required=True, help="which one")
    add.add_argument("--language", default="en", metavar="CODE", help="of texts and messages: en, zh [en]")
    add.add_argument("--out", required=True, metavar="FOLDER", help="to write")
    add.set_defaults(run=_build)
    add = jobs.add_parser("collect", help="run every source that was handed in again, and write the grades")
    add.add_argument("folder", metavar="FOLDER", help="a folder a student, or a notebook or answers.json a student")
    add.add_argument("--out", required=True, metavar="CSV", help="file to write")
    _running(add).set_defaults(run=_collect)
    add = jobs.add_parser("board", help="how many are where, and which mistake how often")
    add.add_argument("folder", metavar="FOLDER", help="as of collect")
    _running(add).set_defaults(run=_board)


def _running(add):
    add.add_argument("--seed", type=int, help="of the cases, to run the same ones again [another one each time]")
    add.add_argument("--seconds", type=float, help="of computing for each source [10]")
    return add


def _build(given):
    from vsrlab.classroom.build import build
    for path in build(given.lessons, given.edition, given.out, given.language):
        print(path)


def _collect(given):
    from vsrlab.classroom.grades import collect
    table = collect(given.folder, given.out, given.seed, given.seconds)
    print(f"{given.out}: {table.student.nunique()} students, {int(table.passed.sum())} passes")


def _board(given):
    from vsrlab.classroom.board import Board
    print(Board(given.folder, given.seed, given.seconds).text())
