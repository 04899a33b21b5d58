"""vl.report: what failed, why, whether it really failed, as one file that another person can check."""
import datetime
import shutil
from pathlib import Path

from vsrlab import __version__, files
from vsrlab.errors import Missing, Problem, path_of, unknown
from vsrlab.retrieval.failures.records import failures
from vsrlab.views.report import words as told
from vsrlab.views.report.content import EXAMPLES, Content, gather
from vsrlab.views.report.markdown import markdown
from vsrlab.views.report.page import page

KINDS = (".html", ".md", ".csv")
LARGEST = 5_000_000            # bytes of the HTML


def report(path, scored, other=None, *, verdicts=None, notes=(), examples: int = EXAMPLES, pinned=(), sample=None,
           side: str = "text", after: str | None = None, how: str = "") -> "Report":
    """Write the report of a model's failures: one offline HTML file of at most 5 MB, without script.

    path      .html; .md, with its pictures in a folder beside it; .csv, all failures as a table
    scored    an Index or a Scored;  other  a second model on the same gallery
    verdicts  files of judgements (several are merged), Judgements or a list of Judgement; None: those that the desk's folder keeps
    notes     a text, or several, that stand first
    examples  how many failures are shown with photos, chosen by rule;  pinned  ids of texts or images that are shown as well
    sample    (n, seed) of `Scored.sample`, when all its failures were judged: the corrected recall is then an estimate
    side      "text": captions that look for their photo; "image": photos that look for captions
    after     "csls" or "invsoftmax": also what these make of hubs
    how       the command that made it, for the last section

    What cannot be used is refused before anything is written.  -> a Report, which can be saved as other kinds too
    """
    path = _checked(path)
    made = Report(gather(scored, other, verdicts, notes, examples, pinned, sample, side, after, how))
    made.save(path)
    return made


class Report:
    """A gathered report.  `save` writes it again as another kind; `path` is the file that was written last."""

    def __init__(self, content: Content):
        self.content, self.path = content, None
        self.sections = told.sections(content)

    def __repr__(self) -> str:
        size = f" ({self.path.stat().st_size / 1e6:.1f} MB)" if self.path is not None and self.path.is_file() else ""
        return f"Report {self.path.name if self.path else ''}{size}: {self.text()}"

    def text(self) -> str:
        """The first line: queries, found, failed, judged."""
        return told.top(self.content)

    def footer(self) -> str:
        """Where the numbers come from."""
        s = self.content.scored
        judged = "" if s.judgements is None else f"judgements {s.judgements.stamp['hash']}, {s.judgements.stamp['count']:,} pairs"
        return " · ".join(filter(None, (self.content.result.footer(), f"key {s.key[:12]}", judged, f"vsrlab {__version__}",
                                        datetime.date.today().isoformat())))

    def html(self) -> str:
        """The page."""
        return page(self.content, self.sections, self.footer())

    def table(self):
        """All failures of the side, see `vl.failures`."""
        return failures(self.content.scored, self.content.side, [self.content.other] if self.content.other is not None else ())

    def save(self, path) -> Path:
        """Write .html, .md with a folder of pictures, or .csv; whole or not at all."""
        path = _checked(path)
        if path.suffix.lower() == ".html":
            text = self.html()
            if len(text.encode()) > LARGEST:
                raise Problem(f"the report has {len(text.encode()) / 1e6:.1f} MB, more than {LARGEST / 1e6:.0f}; ask for fewer: "
                              f"examples={max(len(self.content.examples) // 2, 1)}.")
            files.write_text(path, text)
        elif path.suffix.lower() == ".csv":
            files.write_text(path, files.csv_text(self.table()))
        else:
            self._markdown(path)
        self.path = path
        return path

    def _markdown(self, path):
        """Pictures first, then the text; of a folder that this call made nothing is left when it stops."""
        folder = path.with_name(f"{path.stem}_files")
        text, pictures = markdown(self.content, self.sections, self.footer(), folder.name)
        made = not folder.exists()
        folder.mkdir(exist_ok=True)
        try:
            for name, png in pictures.items():
                files.write(folder / name, lambda file, png=png: file.write(png))
            files.write_text(path, text)
        except BaseException:
            if made:
                shutil.rmtree(folder, ignore_errors=True)
            raise


def _checked(path) -> Path:
    """A path whose ending says what is written, in a folder that is there."""
    path = path_of("vl.report", path)
    if path.suffix.lower() not in KINDS:
        raise unknown("file ending", path.suffix or "(none)", KINDS)
    if path.is_dir():
        raise Problem(f"{path} is a folder; name a file in it, such as {path / 'failures.html'}.")
    if not path.parent.is_dir():
        raise Missing(f"there is no folder {path.parent}; make it, or name another place for {path.name}.")
    return path
