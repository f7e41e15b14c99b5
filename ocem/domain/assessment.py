"""Organisational maturity: the rubric, what raters say, the reference figures, and how a score follows from them."""

from dataclasses import dataclass, field
from datetime import date

from ocem.errors import N_

LOWEST, HIGHEST = 0, 4
"""Ends of the scale on which a dimension is rated."""


@dataclass(frozen=True)
class Dimension:
    """A dimension of the rubric: what it asks, and what each level from 0 to 4 looks like.

    `evidence` names the figure that the product knows itself and that stands in for the ratings where there is one.
    """

    key: str
    label: str
    question: str
    levels: tuple[str, str, str, str, str]
    evidence: str = ""

    @property
    def is_known(self) -> bool:
        """Whether the product knows the level itself."""
        return bool(self.evidence)


RUBRIC: tuple[Dimension, ...] = (
    Dimension(
        "strategy",
        N_("Strategy"),
        N_("Is the omnichannel experience a direction of the company?"),
        (
            N_("It is not spoken of."),
            N_("Single functions speak of it."),
            N_("It is declared, without objectives of its own."),
            N_("It has objectives, with owners and targets."),
            N_("Its objectives decide budgets and priorities."),
        ),
    ),
    Dimension(
        "involvement",
        N_("Involvement of functions"),
        N_("Are all functions involved, evenly and highly?"),
        (
            N_("None is."),
            N_("One is, usually marketing."),
            N_("Some are, unevenly."),
            N_("Most are, with a common calendar."),
            N_("All are, evenly and highly."),
        ),
    ),
    Dimension(
        "organisation",
        N_("Team and coordination"),
        N_("Who coordinates, and how formally?"),
        (
            N_("Nobody."),
            N_("People coordinate when they happen to meet."),
            N_("Somebody does, without a mandate."),
            N_("A dedicated team with a formal mandate."),
            N_("A dedicated team that answers to top management, with a weekly meeting that decides."),
        ),
    ),
    Dimension(
        "measurement",
        N_("Measurement"),
        N_("How complete is the measurement of results?"),
        (
            N_("There is no objective that data could answer."),
            N_("There are objectives, none with a before that was frozen in time."),
            N_("Some objectives have a before frozen before the go-live."),
            N_("At least half of the objectives have."),
            N_("Nine objectives in ten or more have."),
        ),
        "frozen_share",
    ),
    Dimension(
        "data",
        N_("Data joined"),
        N_("The data of how many systems are joined on the same customers?"),
        (
            N_("Of none: each system knows its own customers."),
            N_("Of two systems."),
            N_("Of three or four systems."),
            N_("Of five systems."),
            N_("Of more than five systems."),
        ),
        "data_kinds",
    ),
    Dimension(
        "journey",
        N_("Customer journey"),
        N_("Is the journey traced, and where?"),
        (
            N_("It is not traced: contacts bear no customer."),
            N_("Single touchpoints are, not the way between them."),
            N_("On one side only, digital or physical."),
            N_("On digital and physical touchpoints, for some customers."),
            N_("On digital and physical touchpoints, for most customers."),
        ),
        "journey_reach",
    ),
    Dimension(
        "touchpoints",
        N_("Integrated touchpoints"),
        N_("Of how many touchpoints do data come together in one place?"),
        (
            N_("Of none."),
            N_("Of a few."),
            N_("Of at least a quarter."),
            N_("Of at least half."),
            N_("Of four in five or more."),
        ),
        "touchpoints_share",
    ),
    Dimension(
        "giving_back",
        N_("Feedback given back"),
        N_("Does what people say come back to them?"),
        (
            N_("Nobody is asked."),
            N_("People are asked; nothing goes back."),
            N_("People are asked; something goes back."),
            N_("All four voices are asked; at least half of the themes go back."),
            N_("All four voices are asked; four themes in five or more go back."),
        ),
        "giving_back_level",
    ),
)
KEYS = tuple(item.key for item in RUBRIC)
FUNCTIONS = ("marketing", "sales", "service", "it", "management")
"""Functions whose involvement raters judge, 0 to 4; marketing and sales stand side by side."""


@dataclass(frozen=True)
class Assessment:
    """What one rater says in one edition: a level from 0 to 4 a dimension, and the involvement of functions.

    What a rater does not know is left out.
    """

    key: str
    edition: str
    rater: str
    function: str
    day: date
    levels: dict[str, int]
    involvement: dict[str, int]
    note: str = ""
    evidence: dict[str, int] = field(default_factory=dict)
    """Levels that the data gave on the day of the assessment."""
    version: int = 1


@dataclass(frozen=True)
class Reference:
    """A published figure: a share of companies, or an index out of ten, with its year and what it says."""

    dimension: str
    year: int
    text: str
    share: float | None = None
    index: float | None = None


REFERENCES: tuple[Reference, ...] = (
    Reference("strategy", 2017, N_("omnichannel is strategic"), 0.63),
    Reference("involvement", 2017, N_("all functions involved, evenly and highly"), 0.24),
    Reference("involvement", 2017, N_("marketing involved"), 0.88),
    Reference("involvement", 2017, N_("sales involved"), 0.39),
    Reference("organisation", 2017, N_("dedicated team"), 0.24),
    Reference("organisation", 2017, N_("coordination not formalised"), 0.53),
    Reference("organisation", 2025, N_("a dedicated person"), 0.28),
    Reference("organisation", 2025, N_("top management leads"), 0.34),
    Reference("organisation", 2022, N_("a dedicated budget"), 0.15),
    Reference("measurement", 2017, N_("complete measurement system"), 0.25),
    Reference("data", 2017, N_("cross more than 4 kinds of data"), 0.38),
    Reference("data", 2017, N_("cross more than 5 kinds of data"), 0.17),
    Reference("data", 2017, N_("a single CRM"), 0.47),
    Reference("data", 2025, N_("a single customer view"), 0.36),
    Reference("journey", 2017, N_("traced on digital touchpoints only"), 0.44),
    Reference("journey", 2017, N_("traced on all channels"), 0.20),
    Reference("touchpoints", 2017, N_("integrated management of all or nearly all touchpoints"), 0.16),
    Reference("touchpoints", 2017, N_("no integrated management"), 0.25),
    Reference("index", 2022, N_("advanced companies"), 0.06),
    Reference("index", 2025, N_("truly advanced companies"), 0.07),
    Reference("index", 2024, N_("index of maturity, 0 to 10"), index=4.8),
    Reference("index", 2025, N_("index of maturity, 0 to 10"), index=4.4),
)
"""Osservatorio Omnichannel Customer Experience, Politecnico di Milano: edition 2017, later years from its releases."""


def level_from_evidence(evidence: str, value: float) -> int:
    """Return the level of the rubric that a figure known from the data means.

    Examples
    --------
    >>> [level_from_evidence("frozen_share", share) for share in (0, 0.2, 0.5, 0.79, 0.95)]
    [1, 2, 3, 3, 4]
    >>> [level_from_evidence("touchpoints_share", share) for share in (0, 0.1, 0.25, 0.5, 0.8)]
    [0, 1, 2, 3, 4]
    >>> [level_from_evidence("data_kinds", kinds) for kinds in (0, 1, 2, 3, 4, 5, 6)]
    [0, 0, 1, 2, 2, 3, 4]
    >>> level_from_evidence("journey_reach", 3)
    3
    """
    if evidence == "data_kinds":
        steps = (2, 3, 5, 6)
        return sum(value >= step for step in steps)
    if evidence in ("journey_reach", "giving_back_level"):
        return int(value)
    if evidence == "frozen_share":
        return 1 + sum(value >= step for step in (0.01, 0.5, 0.9))
    return sum(value >= step for step in (0.01, 0.25, 0.5, 0.8))


def score(levels: dict[str, float]) -> float | None:
    """Return the score out of ten: the mean level of the dimensions that have one, divided by four, times ten.

    Examples
    --------
    >>> score({"strategy": 3, "data": 1})
    5.0
    >>> score({}) is None
    True
    """
    return None if not levels else sum(levels.values()) / len(levels) / HIGHEST * 10
