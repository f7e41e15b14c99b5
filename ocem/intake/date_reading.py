"""Days and moments: how their text becomes a value (see `ocem.intake.reading`)."""

from ocem.intake.reading import NUMBER_MARK, PLACEHOLDER_DAYS, Column, Reading, in_list, literal

FIRST_YEAR, LAST_YEAR = 1900, 2100
WIDEST_OFFSET = 14 * 60
"""Minutes from UTC: no clock on earth is farther ahead than 14 hours."""

_WEEKDAY = (
    r"(?:(?:lun(?:edì|edi)?|mar(?:tedì|tedi)?|mer(?:coledì|coledi)?|gio(?:vedì|vedi)?|ven(?:erdì|erdi)?|sab(?:ato)?|"
    r"dom(?:enica)?|mon(?:day)?|tue(?:s|sday)?|wed(?:nesday)?|thu(?:rs|rsday)?|fri(?:day)?|sat(?:urday)?|sun(?:day)?|"
    r"mo(?:ntag)?|di(?:enstag)?|mi(?:ttwoch)?|do(?:nnerstag)?|fr(?:eitag)?|sa(?:mstag)?|so(?:nnabend|nntag)?|"
    r"lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche)"
    r"\.?,?\s+)?"
)
_REST = r"(?:(?:T|,?\s+(?:alle |ore |at |- )?)(\S.*))?$"
_ISO = r"^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:(?:T|,?\s+)(\S.*))?$"
NUMERIC_DATE = rf"^(?i){_WEEKDAY}(\d{{1,2}})[/.\- ](\d{{1,2}})[/.\- ](\d{{4}}|\d{{2}}){_REST}"
YEAR_FIRST_DATE = rf"^(?i){_WEEKDAY}(\d{{2}})[/.\- ](\d{{1,2}})[/.\- ](\d{{1,2}}){_REST}"
_DAY_MONTH = (
    rf"^(?i){_WEEKDAY}(\d{{1,2}})(?:°|º|st|nd|rd|th|er)?[ \-./]*(?:di |of )?(\p{{L}}{{3,10}})\.?,?[ \-./]+"
    rf"(\d{{4}}|\d{{2}}){_REST}"
)
_MONTH_DAY = rf"^(?i){_WEEKDAY}([[:alpha:]]{{3,10}})\.?\s+(\d{{1,2}})(?:st|nd|rd|th)?,?\s+(\d{{4}}){_REST}"
_COMPACT = r"^(\d{4})(\d{2})(\d{2})(?:[T ]?(\d{2}(?::?\d{2}.*)?))?$"
_TIME = (
    r"^(?i)(\d{1,2})[:.h](\d{2})(?:[:.](\d{2})(?:[.,](\d{1,9}))?)?\s*(?:([ap])\.?\s?m\.?)?\s*"
    r"(Z|UTC|GMT|CEST|CET|(?:UTC|GMT)?\s?[+\-−]\d{1,2}(?::?\d{2})?)?$"
)
_MONTHS = {
    1: "gen gennaio jan january januar jän jänner janv janvier",
    2: "feb febbraio february februar févr fév février",
    3: "mar marzo march märz mär mrz mars",
    4: "apr aprile april avr avril",
    5: "mag maggio may mai",
    6: "giu giugno jun june juni juin",
    7: "lug luglio jul july juli juil juillet",
    8: "ago agosto aug august août",
    9: "set sett settembre sep sept september septembre",
    10: "ott ottobre oct october okt oktober octobre",
    11: "nov novembre november",
    12: "dic dicembre dec december dez dezember déc décembre",
}


def _month_number(text: str) -> str:
    cases = " ".join(
        f"WHEN {literal(word)} THEN '{number}'" for number, words in _MONTHS.items() for word in words.split()
    )
    return f"CASE lower({text}) {cases} END"


def date_text(text: str) -> str:
    """SQL of a date's text with ordinary blanks: browsers write narrow ones between a time and AM or PM.

    A workbook may hold a day such as 20260131 as a number.
    """
    bare = rf"regexp_replace({text}, '^{NUMBER_MARK}(\d{{8}})$', '\1')"
    return rf"regexp_replace({bare}, '[\x{{a0}}\x{{202f}}\x{{2009}}]', ' ', 'g')"


def _with_colons(text: str) -> str:
    """SQL of a time of day of two, four or six figures with colons, as it stands behind a day of eight."""
    hours = rf"regexp_replace({text}, '^(\d\d)$', '\1:00')"
    seconds = rf"regexp_replace({hours}, '^(\d\d)(\d\d)(\d\d)', '\1:\2:\3')"
    return rf"regexp_replace({seconds}, '^(\d\d)(\d\d)(\D|$)', '\1:\2\3')"


def _first_of(part: str) -> str:
    """The part of whichever way of writing a date fits."""
    return "coalesce(" + ", ".join(f"nullif({form}_{{n}}.{part}, '')" for form in "iujms") + ")"


def _date_levels(column: Column) -> tuple[dict[str, str], ...]:
    """Levels that leave a local time stamp in ``l_n``, minutes from UTC in ``z_n`` (NULL if not said)."""
    day, month = ("a", "b") if column.date_order != "MDY" else ("b", "a")
    numeric, parts = (NUMERIC_DATE, "['a', 'b', 'y', 'r']")
    if column.date_order == "YMD":
        numeric, parts = (YEAR_FIRST_DATE, "['y', 'b', 'a', 'r']")
    serial = f"regexp_full_match(t_{{n}}, '{NUMBER_MARK}?\\d{{5}}(\\.\\d+)?')"
    year, rest = _first_of("y"), _first_of("r")
    hour = "try_cast(h_{n}.h AS INT)"
    hour_24 = (
        f"CASE WHEN h_{{n}}.ap = '' THEN {hour} WHEN {hour} NOT BETWEEN 1 AND 12 THEN NULL "
        f"WHEN lower(h_{{n}}.ap) = 'a' THEN {hour} % 12 ELSE {hour} % 12 + 12 END"
    )
    minutes = "try_cast(h_{n}.mi AS INT)"
    seconds = "coalesce(try_cast(h_{n}.s AS INT), 0)"
    of_day = f"({hour_24}) * 3600 + {minutes} * 60 + {seconds}"
    sane = f"{minutes} < 60 AND {seconds} < 60 AND ({hour_24}) * 3600 + {minutes} * 60 + {seconds} <= 86400"
    serial_number = f"replace(t_{{n}}, '{NUMBER_MARK}', '')::DOUBLE"
    zone = "upper(replace(replace(h_{n}.z, ' ', ''), '−', '-'))"
    digits = rf"regexp_replace({zone}, '^(UTC|GMT)', '')"
    zone_minutes = (
        f"CASE WHEN h_{{n}} IS NULL OR h_{{n}}.z = '' THEN NULL WHEN {in_list(zone, ['Z', 'UTC', 'GMT'])} THEN 0 "
        f"WHEN {zone} = 'CET' THEN 60 WHEN {zone} = 'CEST' THEN 120 ELSE "
        rf"(CASE WHEN {digits}[1] = '-' THEN -1 ELSE 1 END) * "
        rf"(try_cast(regexp_extract({digits}, '^[+-](\d{{1,2}})', 1) AS INT) * 60 "
        rf"+ coalesce(try_cast(regexp_extract({digits}, '^[+-]\d{{1,2}}:?(\d{{2}})$', 1) AS INT), 0)) END"
    )
    compact_year = "substr(s_{n}.y, 1, 2) IN ('19', '20')"
    return (
        {"dtx_{n}": date_text("t_{n}")},
        {
            "i_{n}": f"regexp_extract(dtx_{{n}}, '{_ISO}', ['y', 'mo', 'd', 'r'])",
            "u_{n}": f"regexp_extract(dtx_{{n}}, '{numeric}', {parts})",
            "j_{n}": f"regexp_extract(dtx_{{n}}, '{_DAY_MONTH}', ['d', 'mo', 'y', 'r'])",
            "m_{n}": f"regexp_extract(dtx_{{n}}, '{_MONTH_DAY}', ['mo', 'd', 'y', 'r'])",
            "s_{n}": f"regexp_extract(dtx_{{n}}, '{_COMPACT}', ['y', 'mo', 'd', 'r'])",
            "n_{n}": f"CASE WHEN {serial} THEN {serial_number} END",
        },
        {
            "y_{n}": year,
            "rest_{n}": f"CASE WHEN s_{{n}}.r <> '' THEN {_with_colons('s_{n}.r')} ELSE {rest} END",
            "mo_{n}": f"coalesce(nullif(i_{{n}}.mo, ''), nullif(u_{{n}}.{month}, ''), {_month_number('j_{n}.mo')}, "
            f"{_month_number('m_{n}.mo')}, nullif(s_{{n}}.mo, ''))",
            "d_{n}": f"coalesce(nullif(i_{{n}}.d, ''), nullif(u_{{n}}.{day}, ''), nullif(j_{{n}}.d, ''), "
            "nullif(m_{n}.d, ''), nullif(s_{n}.d, ''))",
        },
        {
            "yy_{n}": "CASE WHEN length(y_{n}) = 2 THEN CASE WHEN y_{n}::INT >= 70 THEN '19' ELSE '20' END || y_{n} "
            f"WHEN s_{{n}}.y <> '' AND NOT {compact_year} THEN NULL ELSE y_{{n}} END",
            "h_{n}": f"CASE WHEN rest_{{n}} IS NOT NULL THEN regexp_extract(rest_{{n}}, '{_TIME}', "
            "['h', 'mi', 's', 'f', 'ap', 'z']) END",
        },
        {
            "dt_{n}": "CASE WHEN n_{n} BETWEEN 20000 AND 80000 "
            f"THEN DATE '{column.day_zero}' + floor(n_{{n}})::INT ELSE "
            "try_cast(yy_{n} || '-' || lpad(mo_{n}, 2, '0') || '-' || lpad(d_{n}, 2, '0') AS DATE) END",
            "sec_{n}": "CASE WHEN n_{n} IS NOT NULL THEN round((n_{n} - floor(n_{n})) * 86400) "
            f"WHEN rest_{{n}} IS NULL THEN 0 WHEN h_{{n}}.h = '' THEN NULL WHEN {sane} THEN {of_day} END",
            "z_{n}": zone_minutes,
        },
        {
            "l_{n}": f"CASE WHEN year(dt_{{n}}) BETWEEN {FIRST_YEAR} AND {LAST_YEAR} AND sec_{{n}} IS NOT NULL "
            f"AND coalesce(abs(z_{{n}}), 0) <= {WIDEST_OFFSET} "
            "THEN dt_{n}::TIMESTAMP + to_seconds(sec_{n}::BIGINT) END"
        },
    )


def day_or_moment(column: Column) -> Reading:
    """Days, and moments in the source's zone; a day without a time of day belongs to no zone."""
    placeholders = in_list("dt_{n}::VARCHAR", list(PLACEHOLDER_DAYS))
    zone = literal(column.source_zone)
    timed = "(rest_{n} IS NOT NULL OR coalesce(n_{n} % 1 <> 0, false))"
    levels: tuple[dict[str, str], ...] = (
        *_date_levels(column),
        {
            "a_{n}": f"CASE WHEN z_{{n}} IS NOT NULL THEN make_timestamptz(epoch_us(l_{{n}} - to_minutes(z_{{n}}))) "
            f"ELSE timezone({zone}, l_{{n}}) END"
        },
        {
            "ab_{n}": f"CASE WHEN z_{{n}} IS NULL AND timezone({zone}, a_{{n}} - INTERVAL 1 HOUR) = l_{{n}} "
            "THEN a_{n} - INTERVAL 1 HOUR ELSE a_{n} END",
            "gap_{n}": f"z_{{n}} IS NULL AND timezone({zone}, a_{{n}}) <> l_{{n}}",
        },
        {
            "am_{n}": "z_{n} IS NULL AND "
            f"(ab_{{n}} <> a_{{n}} OR timezone({zone}, a_{{n}} + INTERVAL 1 HOUR) = l_{{n}})",
        },
    )
    local_day = f"timezone({literal(column.zone)}, ab_{{n}})::DATE"
    warnings = {
        "two_digit_year": "length(y_{n}) = 2 AND l_{n} IS NOT NULL",
        "excel_serial": "n_{n} IS NOT NULL AND l_{n} IS NOT NULL",
        "date_placeholder": f"{placeholders} AND l_{{n}} IS NOT NULL",
    }
    if column.type == "date":
        same = column.source_zone == column.zone
        moved = "false" if same else timed
        value = (
            f"CASE WHEN l_{{n}} IS NULL THEN NULL WHEN z_{{n}} IS NOT NULL OR ({moved}) THEN {local_day} "
            "ELSE l_{n}::DATE END"
        )
        return Reading((*levels, {"x_{n}": value}), warnings)
    warnings["dst_ambiguous"] = "am_{n} AND NOT gap_{n}"
    if column.args[:1] != ("day",):
        warnings["time_missing"] = f"l_{{n}} IS NOT NULL AND NOT {timed}"
    value = "CASE WHEN l_{n} IS NULL OR gap_{n} THEN NULL ELSE ab_{n} END"
    return Reading(
        (
            *levels,
            {"x_{n}": value, "k_{n}": "CASE WHEN gap_{n} THEN 'dst_gap' END"},
        ),
        warnings,
    )
