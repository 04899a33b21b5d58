"""One door for every sentence that a student reads: English in the source, other languages from gettext catalogues.

    vl.course.language("zh")        read the course in Chinese
    vl.course.language()            which language is read now

`tr` translates when a sentence is said, `N_` marks one that is said later; both take one literal text, so that Babel finds it
(`python -m vsrlab.course.catalogue`).  A text without a translation, or with one that its changed English made fuzzy, is shown in
English behind a mark: a stale sentence is never shown.
"""
import gettext
import os
from pathlib import Path

from vsrlab.errors import unknown

FOLDER = Path(__file__).with_name("locale")
DOMAIN, SOURCE = "course", "en"
MARK = "[en] "                      # before a text that is shown in English although another language was asked for
_NOW = {"language": SOURCE}
_BOOKS: dict = {}                   # (language, domain) -> its catalogue


class _Missing(gettext.NullTranslations):
    """What a catalogue falls back to: nothing, so that a missing sentence can be told from one that stays the same."""

    def gettext(self, message):
        return None


def languages() -> list:
    """The languages that can be asked for."""
    return [SOURCE, *sorted(f.parents[1].name for f in FOLDER.glob(f"*/LC_MESSAGES/{DOMAIN}.mo"))]


def language(code: str | None = None) -> str:
    """Set the language of the course for this session, by its code, or ask for it; -> the code."""
    if code is not None:
        if code not in languages():
            raise unknown("language", code, languages())
        _NOW["language"] = code
    return _NOW["language"]


def tr(text: str, domain: str = DOMAIN, **values) -> str:
    """A text in the language of the session, its placeholders filled: tr("{n} of {all} are right", n=3, all=4)."""
    if _NOW["language"] != SOURCE:
        text = _catalogue(domain).gettext(text) or MARK + text
    return text.format(**values) if values else text


def N_(text: str) -> str:
    """The text itself: a mark for the catalogue, for what `tr` says later."""
    return text


def _catalogue(domain: str) -> gettext.NullTranslations:
    """The catalogue of a domain in the language that is set."""
    key = _NOW["language"], domain
    if key not in _BOOKS:
        file, found = FOLDER / key[0] / "LC_MESSAGES" / f"{domain}.mo", _Missing()
        if file.exists():
            with file.open("rb") as opened:
                found = gettext.GNUTranslations(opened)
            found.add_fallback(_Missing())
        _BOOKS[key] = found
    return _BOOKS[key]


if os.environ.get("VSRLAB_LANGUAGE") in languages():
    _NOW["language"] = os.environ["VSRLAB_LANGUAGE"]
