"""Sums that come from shared storage in words: which engine, over which days, how old, and what stands in the way."""

from typing import Any

from ocem.domain.fact import FactKind
from ocem.errors import N_, OcemError
from ocem.i18n import Words
from ocem.store.engine.owned import Attempt, Owned, State

FACTS = {
    FactKind.INTERACTION: N_("Contacts"),
    FactKind.SALE: N_("Sales"),
    FactKind.MEASURE: N_("Figures that came as totals"),
    FactKind.COST: N_("Costs"),
}


def owned_text(words: Words, item: Owned) -> str:
    """Say which days of a fact come from shared storage, made by what and when."""
    return words.gettext(
        "{fact} {days}: from shared storage, made by {engine} on {moment}",
        fact=words.gettext(FACTS[item.fact]),
        days=words.span(item.first_day, item.last_day),
        engine=item.engine,
        moment=words.show(item.made_at),
    )


def summary(words: Words, state: State) -> list[str]:
    """Say in a line a run which days come from shared storage and how old their sums are."""
    found = []
    for run in sorted({item.run for item in state.owned}, reverse=True):
        items = [item for item in state.owned if item.run == run]
        facts = words.listed(words.gettext(FACTS[item.fact]) for item in items)
        found.append(
            words.gettext(
                "From shared storage: {facts}, {days}; made by {engine} on {moment}",
                facts=facts,
                days=words.span(min(item.first_day for item in items), max(item.last_day for item in items)),
                engine=items[0].engine,
                moment=words.show(items[0].made_at),
            )
        )
    return found


def warnings(words: Words, state: State) -> list[str]:
    """Say what makes sums older than they should be: a failed try, definitions changed since."""
    found = [failed_text(words, state.failed)] if state.failed else []
    kpis = sorted({key for item in state.owned for key in item.kpis_since})
    if kpis:
        found.append(
            words.gettext(
                "Changed since the engine last ran, so without sums for its days: {kpis}. Run it again.",
                kpis=", ".join(kpis),
            )
        )
    if any(item.members_since for item in state.owned):
        found.append(words.gettext("Members were changed since the engine last ran. Run it again."))
    return found


def failed_text(words: Words, failed: Attempt) -> str:
    """Say that the last try brought nothing, why, and that what is shown is older."""
    return words.gettext(
        "The engine's last try on {moment} brought nothing, so its sums are older. {why}",
        moment=words.show(failed.at),
        why=words.error(OcemError(failed.error, **failed.values)),
    )


def lines(words: Words, state: State) -> list[str]:
    """Return all of it, a line each."""
    if not state.owned and not state.failed:
        return [words.gettext("All sums come from the store's own facts.")]
    return [owned_text(words, item) for item in state.owned] + warnings(words, state)


def document(state: State) -> dict[str, Any]:
    """Return the same for another program."""
    return {
        "owned": [
            {
                "fact": item.fact.value,
                "first_day": item.first_day.isoformat(),
                "last_day": item.last_day.isoformat(),
                "rows": item.n_rows,
                "run": item.run,
                "made_at": item.made_at.isoformat(),
                "engine": item.engine,
                "folder": item.folder,
                "kpis_changed_since": list(item.kpis_since),
                "members_changed_since": item.members_since,
            }
            for item in state.owned
        ],
        "failed": {"at": state.failed.at.isoformat(), "why": state.failed.error.format(**state.failed.values)}
        if state.failed
        else None,
    }
