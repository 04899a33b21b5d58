"""TSVs of region features become a precomputed folder, once: those of bottom-up attention, of LXMERT, and their parts."""
import re
from pathlib import Path

from vsrlab.data.captions import read_captions
from vsrlab.data.listing import divided
from vsrlab.data.names import Names
from vsrlab.data.store import writing
from vsrlab.data.tsv.conversion import Conversion
from vsrlab.data.tsv.records import Record, Table, Torn
from vsrlab.errors import Missing
from vsrlab.progress import pace

__all__ = ["Record", "Torn", "convert", "parts", "records"]
_EVERY = 500                                   # records between two notes of how far the conversion is


def records(path, start: int = 0):
    """(Record or Torn, byte where it ends) for every line of a TSV from byte `start` on."""
    return Table(path).records(start)


def convert(tsv, captions, out, regions: int = 36, dtype: str = "float32", photos=None, progress: bool = True, split=None,
            leave_out: bool = False, photo_column: str | None = None, caption_column: str | None = None) -> Path:
    """TSV files and a captions file -> a folder for `precomputed`, images in the order of the captions file.

    tsv        one path or several; of a file in parts (x.tsv.0, x.tsv.1) the name without a number will do.  Photos that the
               captions do not name are passed over, torn records too, unless a photo of the captions was in one
    captions   any file that `read_captions` knows
    regions    rows kept for each photo: fewer boxes are padded with zeros, more are refused
    dtype      "float32", or "float16" for half the disk
    photos     the folder of the photos, noted for pictures of attention
    split      captions with splits: one of them, default all.  Without: the name of the only one, default "all", or shares
    leave_out  leave out the photos that are in no TSV, and say which, in place of refusing
    photo_column, caption_column  of a captions table, where they are not found by themselves

    Only one record is in memory at a time.  Interrupted, the same call goes on where it was; split files get their
    names when they are whole.
    """
    paths = [part for path in ([tsv] if isinstance(tsv, (str, Path)) else tsv) for part in parts(path)]
    tables = [Table(path) for path in paths]
    there = (lambda name, names=Names(photos): names.find(name)[0] is not None) if photos is not None else None
    read = read_captions(captions, there=there, photo_column=photo_column, caption_column=caption_column)
    with writing(Path(out), "features"):
        work = Conversion(Path(out), divided(read, captions, split, "all"), str(captions), regions, dtype)
        try:
            _fill(work, tables, progress)
            return work.finish(photos, leave_out, read.understood)
        finally:
            work.close()


def parts(path) -> list:
    """The file itself, or its parts in a row where it was cut: x.tsv -> x.tsv.0, x.tsv.1, ..."""
    path = Path(path)
    if path.is_file():
        return [path]
    of = re.compile(re.escape(path.name) + r"\.([0-9]{1,6})")
    beside = path.parent.iterdir() if path.parent.is_dir() else ()
    numbered = [(int(match[1]), part) for part in beside if (match := of.fullmatch(part.name)) and part.is_file()]
    if not numbered:
        raise Missing(f"no TSV at {path}; give the file of region features of bottom-up attention or LXMERT.")
    return [part for _, part in sorted(numbered)]


def _fill(work: Conversion, tables: list, progress: bool):
    """Every record of every TSV goes to its rows."""
    with pace(sum(t.path.stat().st_size for t in tables), "features", "B", show=progress, unit_scale=True) as bar:
        for table in tables:
            start = place = work.begun.get(str(table.path.resolve()), 0)
            bar.update(start)
            for number, (record, end) in enumerate(table.records(start), 1):
                if isinstance(record, Torn):
                    work.tear(table.path, record)
                else:
                    work.put(record)
                bar.update(end - place)
                place = end
                if number % _EVERY == 0:
                    work.note(table.path, end)
            work.note(table.path, place)
