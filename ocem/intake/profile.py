"""Source profiles, recognised by the header of a file, and how that header has changed."""

import difflib
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

from ocem.domain.batch import Question, SourceProfile
from ocem.intake.layout import Layout
from ocem.intake.look import fold
from ocem.intake.table import Opened, wanted_of


@dataclass(frozen=True)
class Difference:
    """How a file's header differs from the one a profile read last: columns gone, new, under another name, moved."""

    missing: tuple[str, ...] = ()
    new: tuple[str, ...] = ()
    renamed: tuple[tuple[str, str], ...] = ()
    """Pairs of the name before and the name now that it most likely is."""
    moved: tuple[str, ...] = ()

    @property
    def any(self) -> bool:
        """Say whether anything differs."""
        return bool(self.missing or self.new or self.renamed or self.moved)


_SAME_NAME = 0.72
"""Names at least this alike may be one column renamed."""


def compare_headers(before: Sequence[str], now: Sequence[str]) -> Difference:
    """Say how a header has changed.

    Examples
    --------
    >>> compare_headers(["Data", "Cliente", "Importo"], ["Data", "Importo netto", "Agente", "Cliente"])
    Difference(missing=(), new=('Agente',), renamed=(('Importo', 'Importo netto'),), moved=())
    """
    old, new = ({fold(name): name for name in names if name.strip()} for names in (before, now))
    gone = [name for name in old if name not in new]
    come = [name for name in new if name not in old]
    renamed = []
    for name in gone:
        near = difflib.get_close_matches(name, come, n=1, cutoff=_SAME_NAME)
        near = near or [other for other in come if other.startswith(name) or name.startswith(other)][:1]
        if near:
            renamed.append((name, near[0]))
            come.remove(near[0])
    kept = [name for name in old if name in new], [name for name in new if name in old]
    blocks = difflib.SequenceMatcher(None, *kept, autojunk=False).get_matching_blocks()
    in_order = {name for block in blocks for name in kept[0][block.a : block.a + block.size]}
    paired = {name for name, _ in renamed}
    return Difference(
        tuple(old[name] for name in gone if name not in paired),
        tuple(new[name] for name in come),
        tuple((old[name], new[other]) for name, other in renamed),
        tuple(new[name] for name in kept[1] if name not in in_order),
    )


@dataclass(frozen=True)
class Recognition:
    """A saved profile that fits a file."""

    profile: SourceProfile
    difference: Difference


def fingerprint(layout: Layout, sheet: str | None = None) -> str:
    """Return what identifies a layout: its folded header names, its delimiter, its sheet.

    The order of the columns does not count.
    """
    names = sorted(fold(name) for name in layout.header)
    text = "\x1f".join([*names, layout.delimiter or "", sheet or ""])
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def recognise(
    profiles: Sequence[SourceProfile], opened: Opened, answer: str | None = None
) -> Recognition | Question | None:
    """Find the saved profile that a file belongs to; when several fit equally, ask which."""
    found: list[tuple[float, Recognition]] = []
    for profile in profiles:
        if answer is not None and profile.key != answer:
            continue
        fit = _fit(profile, opened)
        if fit is not None:
            found.append(fit)
    if not found:
        return None
    best = max(score for score, _ in found)
    fitting = [recognition for score, recognition in found if score == best]
    if len(fitting) == 1:
        return fitting[0]
    return Question(None, "profile", tuple(sorted(item.profile.key for item in fitting)))


def _fit(profile: SourceProfile, opened: Opened) -> tuple[float, Recognition] | None:
    """Score a profile against a file: a known header beats a header that holds all the columns."""
    wanted = wanted_of(profile)
    if not wanted.names and profile.fingerprint is None:
        return None
    layout = opened.layout(wanted, profile.formats.get("delimiter"))
    if layout is None:
        return None
    same = profile.fingerprint == fingerprint(layout)
    header = {fold(name) for name in layout.header}
    mapped = {fold(name) for name in wanted.names}
    missing = mapped - header
    if (missing and not _is_changed_layout(profile, mapped, header)) or (wanted.indices and not same):
        return None
    read_before = profile.formats.get("columns")
    known: Sequence[str] = read_before if read_before and not same else ()
    difference = compare_headers(known, layout.header) if known else Difference()
    if same and read_before:
        difference = replace(compare_headers(read_before, layout.header), new=(), missing=(), renamed=())
    coverage = (len(mapped & header) - len(missing)) / max(len(header), 1)
    return (2.0 if same else coverage), Recognition(profile, difference)


def _is_changed_layout(profile: SourceProfile, mapped: set[str], header: set[str]) -> bool:
    """Say whether a file without some mapped columns is still this source's: most of both sides must be shared."""
    shared = mapped & header
    return (
        bool(profile.formats.get("columns"))
        and len(shared) >= max(3, 0.6 * len(mapped))
        and len(header & {fold(name) for name in profile.formats["columns"]}) >= 0.6 * len(header)
    )
