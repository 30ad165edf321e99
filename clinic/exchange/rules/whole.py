"""What must hold between the parts of a clinic file. Values in, problems out."""

from clinic.exchange.models.clinic_file import ClinicFile
from clinic.exchange.rules import enrollments, lists, offers, people, timetable
from clinic.exchange.rules.known import Known, with_file


def problems(file: ClinicFile, known: Known) -> list[str]:
    """Every problem of a well-formed file, `path: sentence` each; `known` is from before it."""
    after = with_file(known, file)
    return [
        *lists.named_twice(file),
        *lists.one_name_each(file, known),
        *people.problems(file, known),
        *offers.problems(file, known, after),
        *timetable.problems(file, after),
        *enrollments.problems(file, after),
        *timetable.one_offs(file, after),
    ]
