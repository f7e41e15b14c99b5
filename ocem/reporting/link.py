"""Links in words and figures: what moves before what, how surely, and what that cannot say."""

from dataclasses import dataclass

from ocem.domain.kpi import Kpi, KpiKind
from ocem.domain.link import Backing, Evidence, Ledger, Link, LinkHypothesis, LinkStatus, Movement
from ocem.i18n import Words, formats
from ocem.reporting import quantity
from ocem.reporting.names import Names

LOG_KINDS = (KpiKind.COUNT, KpiKind.SUM, KpiKind.RATIO, KpiKind.DURATION)
STRONG, MODERATE = 0.5, 0.3
SMALLEST_Q = 0.001


@dataclass(frozen=True)
class StatusLook:
    """How a status is said and marked."""

    word: str
    mark: str
    tone: str


def status_look(words: Words, status: LinkStatus) -> StatusLook:
    """Return the word, mark and tone of a status."""
    _ = words.gettext
    return {
        LinkStatus.SUPPORTED: StatusLook(_("Supported"), "check", "good"),
        LinkStatus.CONTRADICTED: StatusLook(_("Contradicted"), "alert", "bad"),
        LinkStatus.NOT_SHOWN: StatusLook(_("Not shown"), "gap", "silent"),
        LinkStatus.EXPIRED: StatusLook(_("Expired"), "wait", "open"),
        LinkStatus.NOT_TESTABLE: StatusLook(_("Not testable"), "ban", "silent"),
    }[status]


def movement_text(words: Words, leading: str, following: str, rises: bool, lag: int) -> str:
    """Say that one KPI moves before another, or with it."""
    if lag == 0:
        template = (
            words.gettext(
                "When “{leading}” rises, “{following}” rises in the same week.", leading=leading, following=following
            )
            if rises
            else words.gettext(
                "When “{leading}” rises, “{following}” falls in the same week.", leading=leading, following=following
            )
        )
        return template
    if rises:
        return words.ngettext(
            "When “{leading}” rises, “{following}” rises a week later.",
            "When “{leading}” rises, “{following}” rises {n} weeks later.",
            lag,
            leading=leading,
            following=following,
        )
    return words.ngettext(
        "When “{leading}” rises, “{following}” falls a week later.",
        "When “{leading}” rises, “{following}” falls {n} weeks later.",
        lag,
        leading=leading,
        following=following,
    )


def expected_text(words: Words, hypothesis: LinkHypothesis, names: Names) -> str:
    """Say what somebody expects."""
    one, two = names.kpi(hypothesis.leading), names.kpi(hypothesis.following)
    if hypothesis.expected is Movement.RISES:
        return words.gettext("When “{leading}” rises, “{following}” should rise.", leading=one, following=two)
    return words.gettext("When “{leading}” rises, “{following}” should fall.", leading=one, following=two)


def sentence(words: Words, link: Link, names: Names) -> str:
    """Say one link in a sentence, as its status allows."""
    one, two = names.kpi(link.leading), names.kpi(link.following)
    seen = movement_text(words, one, two, (link.r or 0.0) > 0, link.lag or 0)
    match link.status:
        case LinkStatus.SUPPORTED | LinkStatus.CONTRADICTED:
            return seen
        case LinkStatus.EXPIRED:
            return words.gettext("It held once and no longer does: {sentence}", sentence=seen)
        case LinkStatus.NOT_SHOWN if link.hypothesis:
            return expected_text(words, link.hypothesis, names)
        case _:
            return expected_text(words, link.hypothesis, names) if link.hypothesis else f"{one} → {two}"


def expectation(words: Words, link: Link) -> str:
    """Say whether what was seen is what somebody expected; empty when nobody did."""
    _ = words.gettext
    hypothesis = link.hypothesis
    if hypothesis is None:
        return _("Found by the screen over all pairs; nobody had expected it.")
    by = hypothesis.owner
    match link.status:
        case LinkStatus.SUPPORTED:
            return _("Expected by {owner}.", owner=by)
        case LinkStatus.CONTRADICTED:
            return _("{owner} expected the opposite.", owner=by)
        case LinkStatus.EXPIRED:
            return _("Expected by {owner}; it held before and not in the last weeks.", owner=by)
        case LinkStatus.NOT_TESTABLE:
            return _("Expected by {owner}; it cannot be tested yet.", owner=by)
    if link.backing is not None:
        return _("Expected by {owner}; week by week it does not show, but one go-live changed both.", owner=by)
    return _("Expected by {owner}; the weeks do not show it.", owner=by)


def strength(words: Words, r: float) -> str:
    """Name how closely two KPIs move."""
    _ = words.gettext
    if abs(r) >= STRONG:
        return _("strong")
    return _("moderate") if abs(r) >= MODERATE else _("weak")


def strength_text(words: Words, link: Link) -> str:
    """Name how closely two KPIs move, and what is left without what other KPIs share."""
    word = strength(words, link.r or 0.0)
    if link.beyond_common is None:
        return word
    return words.gettext(
        "{strength}; {r} without the common movement",
        strength=word,
        r=words.number(link.beyond_common.r, 2, signed=True),
    )


def q_text(words: Words, q_value: float | None) -> str:
    """Write a q-value."""
    if q_value is None:
        return formats.NOTHING
    if q_value < SMALLEST_Q:
        return f"< {words.number(SMALLEST_Q, 3)}"
    return words.number(q_value, 3 if q_value < 0.1 else 2)


def r_text(words: Words, r: float | None, low: float | None, high: float | None) -> str:
    """Write a correlation with its interval."""
    if r is None or low is None or high is None:
        return formats.NOTHING
    return words.gettext(
        "{r} ({low} to {high})",
        r=words.number(r, 2, signed=True),
        low=words.number(low, 2, signed=True),
        high=words.number(high, 2, signed=True),
    )


def facts(words: Words, link: Link) -> list[str]:
    """Return what stands behind a link in short facts."""
    if link.r is None:
        return []
    _ = words.gettext
    return [
        _(
            "{strength}, r {r}",
            strength=strength(words, link.r).capitalize(),
            r=r_text(words, link.r, link.low, link.high),
        ),
        words.ngettext("{n} week", "{n} weeks", link.n),
        _("q {q}", q=q_text(words, link.q_value)),
    ]


def tested_text(words: Words, link: Link) -> str:
    """Say since when and until when a link was tested."""
    if link.first_test is None or link.last_test is None:
        return ""
    if link.first_test == link.last_test:
        return words.gettext("Tested on the weeks up to {day}.", day=link.last_test)
    return words.gettext("First tested up to {first}, last up to {last}.", first=link.first_test, last=link.last_test)


def headline(words: Words, ledger: Ledger) -> str:
    """Say in a sentence or two what the ledger shows."""
    ordered = [item for item in ledger.links if item.status is LinkStatus.SUPPORTED and not item.is_same_week]
    declared = [item for item in ledger.links if item.hypothesis is not None]
    held = sum(item.status is LinkStatus.SUPPORTED for item in declared)
    first = words.ngettext(
        "One link with an order in time stands out of {looked} pairs looked at.",
        "{n} links with an order in time stand out of {looked} pairs looked at.",
        len(ordered),
        looked=ledger.n_looked_at,
    ) if ordered else words.gettext(
        "None of the {looked} pairs looked at shows a link with an order in time.", looked=ledger.n_looked_at
    )  # fmt: skip
    if not declared:
        return first
    second = words.ngettext(
        "Of one expected link, {held} is supported.",
        "Of {n} expected links, {held} are supported.",
        len(declared),
        held=held,
    )
    return f"{first} {second}"


def method_text(words: Words, ledger: Ledger) -> str:
    """Say what was looked at."""
    return words.gettext(
        "{kpis} KPIs, {weeks} finished weeks ({days}), delays of 0 to 8 weeks. Trend, season, closures, go-live steps "
        "and each KPI's own memory are taken out before anything is compared; of the links called supported at most "
        "one in twenty is expected to be chance.",
        kpis=ledger.n_kpis,
        weeks=ledger.n_weeks,
        days=words.span(ledger.first_week, ledger.last_day),
    )


def made_of(words: Words) -> list[tuple[str, str]]:
    """Say how each figure of a link is made."""
    _ = words.gettext
    return [
        (_("Delay"), _("The weeks between the two at which they go together most closely.")),
        (
            _("Correlation"),
            _(
                "Of weekly values without trend, season, closures, go-live steps and each series' own memory: 0 is no "
                "relation, 1 the closest."
            ),
        ),
        (_("Without the common movement"), _("The same once what the other KPIs share is taken out of both.")),
        (_("95% interval"), _("Holds for all delays looked at together, so it is wider than that of one.")),
        (
            _("q-value"),
            _("Share of chance finds to be expected among everything looked at, if this one is called a link."),
        ),
        (_("Weeks"), _("Finished weeks in which both have enough rows.")),
        (_("Last year"), _("The correlation at the same delay in the last 52 weeks alone.")),
    ]


def alternatives(words: Words) -> list[str]:
    """Return what else could be behind any link: said under each of them, always the same."""
    _ = words.gettext
    return [
        _("A common cause: a campaign, a price, a strike that moves both, one after the other."),
        _("The other direction: the result moves the touchpoint. Bars to the left of zero show that case."),
        _("Selection: only active customers appear in a touchpoint's figures, so who is seen there changes too."),
    ]


def backing_text(words: Words, backing: Backing, link: Link, names: Names, kpis: dict[str, Kpi]) -> str:
    """Say which go-live changed both KPIs: the only place where the word cause is allowed."""
    one, two = kpis.get(link.leading), kpis.get(link.following)
    values = {
        "initiative": names.initiative(backing.initiative),
        "leading": names.kpi(link.leading),
        "following": names.kpi(link.following),
        "one": _change(words, backing.leading_change, backing.leading_low, backing.leading_high, one),
        "two": _change(words, backing.following_change, backing.following_low, backing.following_high, two),
    }
    if backing.is_staggered:
        return words.gettext(
            "The staggered go-live of {initiative} is a cause of both: where it opened, against the segments it had "
            "not reached, “{leading}” changed by {one} and “{following}” by {two}. That the first carried the second "
            "is the plainest reading, not a proof.",
            **values,
        )
    return words.gettext(
        "The go-live of {initiative} changed both, against segments it did not reach: “{leading}” by {one}, "
        "“{following}” by {two}.",
        **values,
    )


def _change(words: Words, value: float, low: float, high: float, kpi: Kpi | None) -> str:
    unit = kpi.unit if kpi else "ratio"
    if unit == "seconds":
        value, low, high, unit = value / 60, low / 60, high / 60, "minutes"
    digits = quantity.digits_for((high - low) / 2 or value, unit)
    return words.gettext(
        "{change} ({low} to {high})",
        change=quantity.difference(words, value, unit, digits),
        low=quantity.bare(words, low, unit, digits),
        high=quantity.bare(words, high, unit, digits),
    )


def elasticity_text(words: Words, found: Evidence, names: Names, kpis: dict[str, Kpi]) -> str:
    """Say how much one goes with how much of the other, where both are compared by percent."""
    link = found.link
    one, two = kpis.get(link.leading), kpis.get(link.following)
    if one is None or two is None or found.effect is None or link.status is LinkStatus.NOT_SHOWN:
        return ""
    if one.kind not in LOG_KINDS or two.kind not in LOG_KINDS or found.effect_low is None or found.effect_high is None:
        return ""
    change, low, high = (0.10 * value for value in (found.effect, found.effect_low, found.effect_high))
    return words.gettext(
        "A week with 10% more of “{leading}” went with {change} of “{following}” ({low} to {high}).",
        leading=names.kpi(link.leading),
        following=names.kpi(link.following),
        change=words.percent(change, 1, signed=True),
        low=words.percent(low, 1, signed=True),
        high=words.percent(high, 1, signed=True),
    )
