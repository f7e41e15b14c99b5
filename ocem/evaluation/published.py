"""Methods of published studies for a table in a file, by name: to check the program against their figures.

They compute what the studies computed. What such a method can bear is another question; the finding says that an
analyst chose it.
"""

import re
from collections.abc import Callable

import numpy as np

from ocem.errors import N_, OcemError, StatsInputError
from ocem.evaluation import published_groups as groups
from ocem.evaluation import published_panels as panels
from ocem.evaluation import published_series as series
from ocem.evaluation.published_rows import Published as Published
from ocem.evaluation.published_rows import Rows as Rows

METHODS: dict[str, tuple[Callable[[Rows], Published], str]] = {
    "welch": (groups.by_welch, N_("Difference of two means, unequal variances (Welch 1947).")),
    "welch_relative": (groups.welch_relative, N_("Relative change of a mean by the delta method (Deng et al. 2018).")),
    "share_relative": (groups.share_relative, N_("Relative change of a share by the delta method (Deng et al. 2018).")),
    "any_time": (groups.any_time, N_("Relative change of a mean, valid at every look (Waudby-Smith et al. 2024).")),
    "newcombe": (groups.by_newcombe, N_("Difference of two shares from score intervals (Newcombe 1998, method 10).")),
    "nps_wald": (groups.by_nps, N_("Difference of two NPS, three classes (Rocks 2016).")),
    "fieller": (groups.fieller, N_("Ratio of two means (Fieller 1954).")),
    "tost": (groups.by_equivalence(True), N_("Equivalence by two one-sided tests (Schuirmann 1987).")),
    "tost_welch": (groups.by_equivalence(False), N_("Equivalence by two one-sided tests, unequal variances.")),
    "ratio_delta": (groups.by_ratio, N_("Ratio of sums over independent units, linearised (Cochran 1977).")),
    "did": (groups.did, N_("Difference in differences of four means.")),
    "did_changes": (groups.did_changes, N_("Difference of the mean changes of units seen before and after.")),
    "t_test": (groups.t_equal, N_("Difference of two means, one variance for both (Student 1908).")),
    "paired_t": (groups.t_paired, N_("Mean change of units seen twice.")),
    "rank_sum": (groups.ranks, N_("How far one sample lies above another, by ranks (Hodges and Lehmann 1963).")),
    "median_difference": (groups.medians, N_("Difference of two medians (Bonett and Price 2002).")),
    "share": (groups.share_alone, N_("One share with six intervals (Wilson, exact, Jeffreys and others).")),
    "shares_wald": (groups.shares_by("wald"), N_("Difference of two shares, plain interval.")),
    "agresti_caffo": (groups.shares_by("agresti_caffo"), N_("Difference of two shares (Agresti and Caffo 2000).")),
    "risk_ratio": (groups.shares_over(False), N_("Ratio of two shares (Katz et al. 1978).")),
    "odds_ratio": (groups.shares_over(True), N_("Ratio of two odds (Woolf 1955).")),
    "rate_ratio": (groups.rates(False), N_("Ratio of two rates, Poisson.")),
    "rate_ratio_quasi": (groups.rates(True), N_("Ratio of two rates with over-dispersion.")),
    "drivers": (series.drivers, N_("What each further column explains (Lindeman, Merenda and Gold 1980).")),
    "prais_winsten": (series.ar1(True), N_("Least squares with AR(1) errors (Prais and Winsten 1954).")),
    "cochrane_orcutt": (series.ar1(False), N_("The same, the first row lost (Cochrane and Orcutt 1949).")),
    "regression": (
        series.regression,
        N_("Least squares, with the errors asked for: classical, White, Newey-West, clustered."),
    ),
    "two_way": (series.two_way, N_("Unit and period effects, errors clustered by unit.")),
    "group_time": (
        panels.group_time,
        N_("Staggered go-lives: effects by cohort and period (Callaway and Sant'Anna 2021)."),
    ),
    "poisson": (
        series.count_model(False, False),
        N_("Interrupted series of counts, Poisson (Lopez Bernal et al. 2017)."),
    ),
    "quasi_poisson": (series.count_model(True, False), N_("The same with over-dispersion.")),
    "quasi_poisson_seasonal": (series.count_model(True, True), N_("The same with two yearly harmonics.")),
    "structural_level": (series.structural(False), N_("A level that wanders, and a step (Harvey 1989).")),
    "structural_seasonal": (series.structural(True), N_("The same with a season (Harvey and Durbin 1986).")),
    "impact": (series.impact, N_("Forecast from the level and from control series (Brodersen et al. 2015).")),
    "block_did": (panels.synthetic("block"), N_("Difference in differences of block means.")),
    "synthetic_control": (panels.synthetic("control"), N_("A mix of other units (Abadie and Gardeazabal 2003).")),
    "synthetic_did": (
        panels.synthetic("difference"),
        N_("Synthetic difference in differences (Arkhangelsky et al. 2021)."),
    ),
}
"""Name of each method with what computes it and one line about it."""

OTHER_NAMES = {
    "ols": "regression",
    "lmg": "drivers",
    "relative_importance": "drivers",
    "newey_west": "regression",
    "cluster": "regression",
    "twfe": "two_way",
    "two_way_fe": "two_way",
    "difference_in_differences": "did",
    "diff_in_diff": "did",
    "callaway_santanna": "group_time",
    "att_gt": "group_time",
    "sc": "synthetic_control",
    "synth": "synthetic_control",
    "sdid": "synthetic_did",
    "synthdid": "synthetic_did",
    "causalimpact": "impact",
    "causal_impact": "impact",
    "student": "t_test",
    "t": "t_test",
    "t_paired": "paired_t",
    "wilcoxon": "rank_sum",
    "mann_whitney": "rank_sum",
    "hodges_lehmann": "rank_sum",
    "wilson": "share",
    "clopper_pearson": "share",
    "nps": "nps_wald",
    "sequential": "any_time",
    "equivalence": "tost",
    "svyratio": "ratio_delta",
    "delta": "ratio_delta",
    "structural": "structural_seasonal",
    "local_level": "structural_level",
    "relative_risk": "risk_ratio",
    "glsar": "cochrane_orcutt",
    "its": "interrupted_ar1",
    "scm": "synthetic_control",
    "bsts": "impact",
    "csdid": "group_time",
    "mann_whitney_u": "rank_sum",
    "wilcoxon_rank_sum": "rank_sum",
    "two_sample_t": "t_test",
    "welch_t": "welch",
    "fixed_effects": "two_way",
    "prais": "prais_winsten",
    "hac": "regression",
    "white": "regression",
    "robust": "regression",
}
"""Names by which textbooks and packages know some of them."""


IMPLIED_ERRORS = {"newey_west": "hac", "hac": "hac", "cluster": "cluster", "white": "white", "robust": "white"}
"""Standard errors that a name of `OTHER_NAMES` stands for."""


def named(name: str) -> str:
    """Return our name of a method however it is written.

    Examples
    --------
    >>> named("Difference-in-Differences"), named("CausalImpact"), named("welch")
    ('did', 'impact', 'welch')
    """
    plain = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")
    return OTHER_NAMES.get(plain, plain)


def run(name: str, rows: Rows) -> Published:
    """Compute a published method.

    Raises
    ------
    StatsInputError
        If the rows are such that its formula has no value.
    """
    try:
        with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
            return METHODS[name][0](rows)
    except OcemError:
        raise
    except (ArithmeticError, ValueError, np.linalg.LinAlgError) as error:
        raise StatsInputError(
            N_("The method {name} has no answer from these rows: they are too few, all alike, or beyond all numbers."),
            name=name,
        ) from error
