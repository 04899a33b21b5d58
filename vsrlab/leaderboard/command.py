"""`vsrlab leaderboard`: every system on one corpus, from the command line."""
from vsrlab.errors import Problem

TEXT = ("Every model on the same data: trains what is missing, opens what is there, and prints one table; interrupted, the same "
        "command goes on.  Two terminals with the same command share the work.")
EXAMPLE = "--models all --data scenes --out runs/zoo --save zoo.md"


def flags(sub):
    """What this command has beside the words about data and the settings of training."""
    add = sub.add_argument
    add("--models", nargs="+", default=["all"], metavar="MODEL", help="all; or names, with options after a colon, such as "
        "dspe:structure=0 [all]")
    add("--seeds", nargs="+", type=int, default=[0, 1, 2], metavar="INT", help="a run for each [0 1 2]")
    add("--ensembles", nargs="+", default=[], metavar="MODEL", help="models whose first two seeds also stand together [none]")
    add("--out", metavar="FOLDER", help="of the runs; the same folder goes on")
    add("--save", nargs="+", default=[], metavar="FILE", help="write the board as .md, .csv, .html, .json, .png, .svg or .pdf")
    add("--by", default="rsum", metavar="COLUMN", help="order of the rows: a recall, rsum, cpu, parameters, ... [rsum]")
    add("--open", metavar="FILE", help="a .json that was saved before, or 'scenes' for the one that comes with the kit, instead of "
        "training")
    add("--dataset", default="", metavar="NAME", help="Flickr30K or so, where the folder's name does not tell: published figures "
        "of the same data and protocol then stand beside")
    add("--protocol", help="'1K', '5-fold 1K' or '5K' [all images in one gallery]")


def run(given, corpora, changes) -> int:
    """Print the board, and write the files that were named.

    corpora  () -> (train, test, dev)      changes  () -> the settings that were given, as a dictionary
    """
    from vsrlab.leaderboard.board import kind_of, sortable
    from vsrlab.leaderboard.door import leaderboard
    sortable(given.by)                                            # wrong words are said before anything is trained
    for path in given.save:
        kind_of(path)
    if given.open:
        board = leaderboard(given.open)
    elif not given.out:
        raise Problem("name a folder for the runs with --out FOLDER, or a saved board with --open FILE.")
    else:
        train, test, dev = corpora()
        board = leaderboard(train, test, given.models, given.seeds, changes(), given.out, dev=dev, ensembles=given.ensembles,
                            protocol=given.protocol, dataset=given.dataset)
    board = board.sorted(given.by)
    print(board)
    for path in given.save:
        print(f"written: {board.save(path)}")
    return 130 if any(row.waiting for row in board.rows) else 1 if not board.done else 0
