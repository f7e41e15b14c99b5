"""What a deck says, slide by slide, before it becomes a file: titles, tables, charts, facts, notes.

All words and numbers of the four formats come from here, so that a number reads the same in each of them.
"""

from collections.abc import Iterable
from datetime import timedelta

from ocem.domain.review import EventNear, ReviewDocument, ReviewItem
from ocem.i18n import Words, formats
from ocem.reporting import finding, note, quantity, six_twelve
from ocem.reporting.agenda import (
    HOLIDAY,
    Scaled,
    assurance_word,
    by_chance,
    chart_text,
    drawn_events,
    event_kind_word,
    headline,
    item_sentence,
    limits_text,
    scaled_for,
    signal_word,
    standing_out_text,
    subject,
)
from ocem.reporting.deck_figure import control_chart, period_charts
from ocem.reporting.deck_slide import Cell, Column, Deck, Slide, Table
from ocem.reporting.deck_table import Tables

MOST_EVENTS = 6
"""Rows of a slide; XLSX has them all."""


def build(document: ReviewDocument, words: Words) -> Deck:
    """Say a review in one language."""
    speaker = _Speaker(words, document)
    slides = [speaker.cover(), *speaker.followed_up(), speaker.agenda()]
    slides += [speaker.item(item) for item in document.items]
    slides += [*speaker.objectives(), *speaker.outcome()]
    slides += [speaker.trend(item) for item in document.items if item.numbers and item.numbers.has_values]
    slides.append(speaker.method())
    return Deck(
        words.lang,
        speaker.title,
        speaker.footer,
        tuple(slides),
        document,
        document.closed_by,
    )


class _Speaker(Tables):
    """Makes the slides of one document in one language."""

    def __init__(self, words: Words, document: ReviewDocument) -> None:
        super().__init__(words, document)
        _, monday, sunday = formats.week(document.first)
        week = document.week.partition("W")[2].lstrip("0")
        self.days = words.span(monday, sunday)
        self.title = words.gettext("Weekly review, week {week}", week=week)
        late = [item for item in document.as_of if item.finished < document.last]
        reached = min((item.finished for item in document.as_of), default=document.last)
        self.data_to = document.last if document.finished else reached
        self.late = late if document.finished else []
        self.filters = self.names.perimeter(document.filters)
        as_of = words.gettext("data to {day}", day=self.data_to)
        state = self._state()
        self.footer = " · ".join(part for part in (self.title, self.days, as_of, self.filters, state) if part)

    def cover(self) -> Slide:
        """Say the week in one sentence, whose week it is and from which data."""
        _, document = self.words.gettext, self.document
        facts = [(_("Week"), f"{document.week}, {self.days}")]
        facts.append((_("Data as of"), self._as_of_text()))
        facts.append((_("Filters"), self.filters))
        if document.attendees:
            facts.append((_("In the room"), self.words.listed(document.attendees)))
        facts.append((_("State"), self._state_text()))
        lead = by_chance(self.words, document)
        return Slide("cover", headline(self.words, document), self.title, lead, tuple(facts))

    def agenda(self) -> Slide:
        """List what changed, ranked."""
        _, document = self.words.gettext, self.document
        columns = (
            Column("", 0.5, right=True),
            Column(_("What changed"), 5.9),
            Column(_("Signal"), 1.6),
            Column(_("Distance"), 1.0, right=True),
            Column(_("Objective"), 1.8),
            Column(_("Owner"), 2.0),
        )
        rows = tuple(
            (
                Cell(str(item.rank), float(item.rank), "count"),
                Cell(item_sentence(self.words, item, with_side=False), strong=True),
                self._side_cell(item),
                Cell(_("{size} s.d.", size=self.words.number(item.distance, 1)), item.distance, "ratio"),
                Cell(self.words.label(item.objective) if item.objective else formats.NOTHING),
                Cell(item.owner or formats.NOTHING),
            )
            for item in document.ranked
        )
        overdue = sum(item.overdue for item in document.actions)
        facts = (
            (_("Decisions to look at"), self.words.number(len(document.decisions_due))),
            (_("Overdue actions"), self.words.number(overdue)),
            (_("New signals"), self.words.number(len(document.items))),
            (_("Expected by chance"), self.words.number(document.expected_false_alarms, 1)),
        )
        table = Table(columns, rows, empty=_("No figure left its usual range this week."))
        lead = " ".join(
            part for part in (by_chance(self.words, document), standing_out_text(self.words, document)) if part
        )
        return Slide("tables", _("Agenda"), self.title, lead, facts, (table,), lists=tuple(self._findings()))

    def followed_up(self) -> list[Slide]:
        """Show first what was decided before: what has come of it, and what is late."""
        _, document = self.words.gettext, self.document
        tables = []
        if document.decisions_due:
            tables.append(self._decision_table(document.decisions_due, _("Decisions to look at this week")))
        overdue = [item for item in document.actions if item.overdue]
        if overdue:
            tables.append(self._action_table(overdue, _("Overdue actions")))
        if not tables:
            return []
        return [Slide("tables", _("First: what we decided, and did it work"), self.title, tables=tuple(tables))]

    def item(self, item: ReviewItem) -> Slide:
        """Show one signal: chart with limits, what it is mixed from, what happened near it."""
        _ = self.words.gettext
        scaled = scaled_for(item)
        lists = []
        notes = [text.text for text in self.document.notes if text.item == item.key and text.text.strip()]
        said = note.sentences(self.words, item.notes, item.unit, self.names)
        events = self._event_lines(item)
        if events:
            lists.append((_("Events near it"), tuple(events)))
        if notes:
            lists.append((_("Notes of the room"), tuple(notes)))
        if said:
            lists.append((_("To mind"), tuple(said)))
        tables = tuple(self._contribution_tables(item, scaled))
        return Slide(
            "item",
            item_sentence(self.words, item),
            f"{item.rank} · {subject(self.words, item)}",
            facts=tuple(self._item_facts(item, scaled)),
            tables=tables,
            chart=control_chart(self.words, item),
            lists=tuple(lists),
            item=item.key,
        )

    def objectives(self) -> list[Slide]:
        """List before and after of every objective with its interval."""
        _ = self.words.gettext
        if not self.document.comparisons:
            return []
        table = self._comparison_table(self.document.comparisons)
        lead = _("Against what was to be expected without the initiative, with the 95% interval of the change.")
        return [Slide("tables", _("Objectives before and after"), self.title, lead, tables=(table,))]

    def outcome(self) -> list[Slide]:
        """List what was decided, who does what, and what was noted."""
        _, document = self.words.gettext, self.document
        tables = [self._decision_table(document.decisions, _("Decisions"), _("No decision was taken."))]
        tables.append(self._action_table(document.actions, _("Actions"), _("No action is open.")))
        general = tuple(text.text for text in document.notes if not text.item and text.text.strip())
        lists = ((_("Notes of the room"), general),) if general else ()
        return [Slide("tables", _("Decisions and actions"), self.title, tables=tuple(tables), lists=lists)]

    def trend(self, item: ReviewItem) -> Slide:
        """Show six weeks and twelve months of one item with the figures to date."""
        assert item.numbers is not None
        box = six_twelve.readable_box(item.numbers)
        line = six_twelve.summary(self.words, item.numbers)
        return Slide(
            "trend",
            self.words.gettext("{subject}: weeks, months and the year before", subject=subject(self.words, item)),
            str(item.rank),
            line,
            tables=(self._box_table(box),),
            periods=period_charts(self.words, box),
            lists=(("", tuple(six_twelve.notes(self.words, item.numbers))),),
            item=item.key,
        )

    def method(self) -> Slide:
        """Say how the figures were made and how far each source had come."""
        _, document = self.words.gettext, self.document
        said = [
            _("Weeks run from Monday to Sunday; only weeks that every source has passed are judged."),
            _(
                "Limits are those of a process behaviour chart: centre plus and minus 2.66 mean moving ranges; for "
                "shares and rates p' and u' charts (Laney), whose limits follow the denominator."
            ),
            _(
                "A signal is a point outside the limits, three of four points nearer a limit than the centre, or eight "
                "on one side. Only signals that are new this week are on the agenda."
            ),
            _("Limits are provisional below about 20 weeks, then fixed; moving them is a decision with an author."),
            by_chance(self.words, document),
            _(
                "Charts looked at: {charts}; with provisional limits: {provisional}; without enough data: {without}.",
                charts=document.charts.n_charts,
                provisional=document.charts.n_provisional,
                without=document.charts.n_without,
            ),
            _("A week is matched with the same weekdays 364 days before, a month with the month a year before."),
            _("Months, quarters and years to date are compared on equally many days."),
            _("An interval holds the true change in 95 cases of 100. No interval, no verdict."),
        ]
        sources = Table(
            (
                Column(_("Source"), 2.2),
                Column(_("Last day of data"), 1.2),
                Column(_("Finished to"), 1.2),
                Column(_("Last import"), 1.5),
            ),
            tuple(
                (
                    Cell(self.words.label(item.source)),
                    Cell(self.words.day(item.last_day), day=item.last_day),
                    Cell(self.words.day(item.finished), day=item.finished),
                    Cell(self.words.show(item.imported_at)),
                )
                for item in document.as_of
            ),
            _("Sources"),
            _("No data have been imported."),
        )
        return Slide(
            "method", _("How these figures were made"), self.title, tables=(sources,), lists=((("", tuple(said))),)
        )

    def _state(self) -> str:
        return "" if self.document.state == "closed" else self.words.gettext("not closed yet")

    def _state_text(self) -> str:
        _, document = self.words.gettext, self.document
        if document.state != "closed":
            return _("Draft: the review is not closed yet")
        if document.closed_at is None:
            return _("Closed, version {version}", version=document.version)
        return _(
            "Closed by {author} on {day}, version {version}",
            author=document.closed_by or formats.NOTHING,
            day=document.closed_at,
            version=document.version,
        )

    def _as_of_text(self) -> str:
        latest = max((item.imported_at for item in self.document.as_of), default=None)
        text = self.words.gettext("every source finished to {day}", day=self.data_to)
        if self.late:
            behind = self.words.listed(
                f"{self.words.label(item.source)} ({self.words.day(item.finished)})" for item in self.late
            )
            text = self.words.gettext("{told}, except {sources}", told=text, sources=behind)
        loaded = self.words.gettext("last import {at}", at=latest)
        return f"{text}; {loaded}" if latest else text

    def _item_facts(self, item: ReviewItem, scaled: Scaled) -> Iterable[tuple[str, str]]:
        _, words = self.words.gettext, self.words

        def said(value: float | None) -> str:
            return quantity.value(words, scaled.of(value), scaled.unit)

        yield _("This week"), said(item.value)
        if item.previous is not None and item.value is not None:
            change = quantity.difference(words, scaled.of(item.value - item.previous), scaled.unit)
            yield _("Week before"), f"{said(item.previous)} ({change})"
        if item.lower is not None or item.upper is not None:
            yield (
                _("Natural limits"),
                _("{low} to {high}, centre {centre}", low=said(item.lower), high=said(item.upper),
                  centre=said(item.centre)),
            )  # fmt: skip
        yield _("Limits"), limits_text(words, item)
        yield _("Signal"), words.listed(signal_word(words, code) for code in item.signals) or formats.NOTHING
        if item.target is not None:
            yield (
                _("Target value"),
                " · ".join(part for part in (said(item.target), assurance_word(words, item)) if part),
            )
        yield _("Chart"), chart_text(words, item)
        if item.autocorrelation is not None:
            yield _("Resemblance to the week before"), words.number(item.autocorrelation, 2)
        if item.objective:
            yield _("Objective"), words.label(item.objective)
        if item.owner:
            yield _("Owner"), item.owner

    def _findings(self) -> Iterable[tuple[str, tuple[str, ...]]]:
        """Yield what goes beyond the signals: from touchpoint to outcome, what stands out, what to mind."""
        _, words = self.words.gettext, self.words
        moved = tuple(item.text for item in finding.movements(words, self.document))
        if moved:
            yield _("From touchpoint to outcome"), moved
        minded = tuple(item.text for item in finding.warnings(words, self.document))
        if minded:
            yield _("To mind"), minded

    def _event_lines(self, item: ReviewItem) -> list[str]:
        """Name the events drawn on the chart by their numbers, newest first, then holidays of the last two weeks."""
        drawn = drawn_events(item)
        lines = [f"{number}. {self._event_text(event)}" for number, event in reversed(drawn)][:MOST_EVENTS]
        since = self.document.first - timedelta(days=7)
        near = [event for event in item.events if event.kind == HOLIDAY and event.last >= since]
        return lines + [self._event_text(event) for event in near if event.first <= self.document.last]

    def _event_text(self, event: EventNear) -> str:
        kind = event_kind_word(self.words, event.kind)
        return f"{self.words.span(event.first, event.last)}: {self.words.label(event)} ({kind})"
