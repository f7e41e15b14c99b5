"""Every code a receipt can carry, with its sentence in English; `ocem.i18n` says it in the reader's language."""

from ocem.errors import N_

FILE_ERRORS: dict[str, str] = {
    "empty_file": N_("The file is empty."),
    "no_data_rows": N_("The file has a header on line {line} but no row below it."),
    "not_text": N_("The file is neither text nor a workbook. Export it again as CSV or XLSX."),
    "no_table_found": N_("No table with the columns {columns} was found in the file."),
    "html_as_xls": N_("The file is a web page named like a workbook, and holds no table that can be read."),
    "zip_bomb": N_("The file unpacks to more than {ratio} times its size and was not opened."),
    "unsafe_xml": N_("The workbook declares XML entities, which no spreadsheet program writes. It was not opened."),
    "encrypted_file": N_("The file is protected by a password. Save it again without one."),
    "too_many_columns": N_("The table has {columns} columns; at most {limit} are read."),
    "unsupported_type": N_("Files of this type ({kind}) cannot be imported. Export the table as CSV or XLSX."),
    "duplicate_upload": N_("These bytes were already imported as batch {batch}. Undo that batch to import them again."),
    "file_too_large": N_("The file {file} is larger than {limit} MB."),
    "no_date": N_(
        "The file has no column with dates, so it cannot be said when anything happened. Columns: {columns}."
    ),
    "no_profile": N_("No source profile is called {source}."),
    "unreadable_workbook": N_("The workbook cannot be read: {detail}."),
    "no_file": N_("There is no file {file}."),
}

QUESTIONS: dict[str, str] = {
    "number_format": N_("{column}: is the last separator a decimal sign or does it group thousands?"),
    "date_order": N_("{column}: what comes first in these dates?"),
    "sheet": N_("Which sheet holds the data?"),
    "header": N_("Which column is {field}?"),
    "encoding": N_("With which encoding was the file written?"),
    "no_date": N_(
        "No column holds dates ({column}). Without one nothing can be compared over time. On which single day did all "
        "rows happen?"
    ),
    "currency": N_("{column}: the amounts are in several currencies. Which one is counted?"),
    "fact": N_(
        "If each row were a contact or a sale, the figures in {column} would not be used. What is one row of this file?"
    ),
    "profile": N_("Several source profiles fit this file. Which one is it?"),
}

REJECTS: dict[str, str] = {
    "bad_date": N_("not a date"),
    "dst_gap": N_("a time that the clock change skipped"),
    "bad_number": N_("not a number in the format of the column"),
    "bad_duration": N_("not a duration"),
    "out_of_range": N_("outside the allowed range"),
    "missing_required": N_("required and empty"),
    "too_many_columns": N_("more cells than columns"),
    "too_few_columns": N_("fewer cells than columns"),
    "unclosed_quote": N_("a quotation mark that is never closed"),
    "nul_byte": N_("a NUL byte"),
    "cell_too_long": N_("a cell that is too long"),
    "bad_encoding": N_("bytes that the file's encoding does not know"),
    "formula_no_value": N_("a formula without a stored value"),
    "duplicate_key": N_("the key of an earlier row with other content"),
    "unknown_value": N_("a word that is neither yes nor no"),
    "other_currency": N_("an amount in another currency"),
}

SKIPS: dict[str, str] = {
    "preamble": N_("lines above the header"),
    "comment": N_("comment lines"),
    "sep_line": N_("the line that names the separator"),
    "separator_line": N_("ruled lines"),
    "header_extra": N_("further header lines"),
    "repeated_header": N_("repeated headers"),
    "blank_line": N_("blank lines"),
    "total_row": N_("totals"),
    "footer": N_("lines below the table"),
    "second_table": N_("lines of another table in the file"),
    "continuation_row": N_("rows that continue the record above"),
    "duplicate_row": N_("exact doubles"),
    "already_imported": N_("rows already imported"),
    "no_answer": N_("rows without an answer to any of the questions"),
}

WARNINGS: dict[str, str] = {
    "dst_ambiguous": N_(
        "{column}: {count} × a time that occurs twice on the day of the clock change, taken as the earlier"
    ),
    "two_digit_year": N_("{column}: {count} × a year of two digits, read as 1970 to 2069"),
    "excel_serial": N_("{column}: {count} × an Excel day number, read as a date"),
    "time_missing": N_("{column}: {count} × no time of day, counted as midnight"),
    "date_swapped": N_(
        "{column}: {count} × a day as text and the others as days of the spreadsheet, "
        "which may have taken day for month"
    ),
    "date_placeholder": N_("{column}: {count} × a date that looks like a placeholder"),
    "formula_text": N_("{column}: {count} × a text that begins like a formula, kept as text"),
    "stray_quote": N_("{count} × a stray quotation mark"),
    "mojibake": N_("{column}: {count} × a text damaged before it reached us"),
    "identical_rows": N_("{count} × a row identical to another one, counted as an event of its own"),
    "currency_mixed": N_("{column}: amounts in different currencies ({currencies}), taken as they stand"),
    "currency_other": N_("{column}: amounts in {currencies}, taken as they stand and not converted"),
    "cell_error": N_("{column}: {count} × a spreadsheet error, counted as empty"),
    "rounded": N_("{column}: {count} × an amount of more than four decimals, rounded to four"),
    "mapping_proposed": N_("No saved profile knows this file: its columns were read as {mapping}"),
    "percent_in_amount": N_("{column}: {count} × an amount with a percent sign"),
    "contact_removed": N_("{column}: {count} × a text from which e-mail addresses or phone numbers were removed"),
    "number_shortened": N_("{column}: {count} × a long number that a spreadsheet shortened: its last digits are gone"),
    "values_unfit": N_("{column} is left out: its values are not what its name says"),
    "duration_unmapped": N_("{column} holds a time stamp, not a duration"),
    "day_given": N_("all rows are on {day}, the day given for this source: the file itself holds none"),
    "column_new": N_("column {column} is new in this file"),
    "column_gone": N_("column {column} is gone from this file"),
    "column_renamed": N_("column {before} seems to be called {column} now"),
    "column_moved": N_("column {column} has moved"),
}

CODES: dict[str, str] = {**WARNINGS, **SKIPS, **REJECTS, **QUESTIONS, **FILE_ERRORS}
