"""Survey questions in an unknown file: a header that asks something, above cells that begin with a small number."""

import re
from collections import Counter
from collections.abc import Sequence
from collections.abc import Set as AbstractSet

from ocem.domain.batch import QuestionColumn
from ocem.intake.column_look import ColumnLook
from ocem.intake.layout import Layout
from ocem.intake.look import fold
from ocem.intake.meaning import vocabulary


def find_questions(looks: Sequence[ColumnLook], used: AbstractSet[int], layout: Layout) -> tuple[QuestionColumn, ...]:
    """Return the survey questions among the columns that are not `used`: one column a question, the first that fits."""
    once = {name for name, times in Counter(map(fold, layout.header)).items() if times == 1}
    found: dict[str, QuestionColumn] = {}
    for look in looks:
        if look.index in used or look.dates >= 0.5:
            continue
        asked = fold(" ".join(look.names))
        question = next((key for key, words in vocabulary().questions if any(word in asked for word in words)), None)
        if question is None or question in found:
            continue
        if (scale := _scale(question, look)) is not None:
            index = None if fold(look.name) in once and look.name else look.index
            found[question] = QuestionColumn(question, *scale, look.name if index is None else None, index)
    return tuple(found.values())


_SCORE = re.compile(r"-?\d{1,2}(?:\.\d+)?(?!\d)")
"""What an answer begins with; words may follow it ("9 - molto probabile")."""


def _scale(question: str, look: ColumnLook) -> tuple[float, float] | None:
    """Return the ends of the scale on which a question was answered, or None when its numbers are no answers.

    Single values beyond every scale are left to be refused one by one; they say nothing about the scale.
    """
    numbers = [float(m[0]) for text in look.texts if (m := _SCORE.match(text.replace(",", ".")))]
    inside = [number for number in numbers if 0 <= number <= 10]
    if not inside or len(inside) < (0.5 if question == "nps" else 0.9) * len(look.texts):
        return None
    if question == "nps" or max(inside) > 7:
        return 0.0, 10.0
    return (1.0, 5.0 if max(inside) <= 5 else 7.0) if min(inside) >= 1 else None
