"""What payers authorized and physicians certified, of the enrollments of a clinic file."""

from typing import Any

from clinic.authorizations import actions
from clinic.authorizations.queries import certifications_of
from clinic.coverage.queries import of_enrollments
from clinic.exchange.actions.enrollments import Known
from clinic.exchange.actions.run import Run
from clinic.exchange.models.clinic_file import ClinicFile


def bring_authorizations(run: Run, file: ClinicFile, known: Known) -> None:
    """Add or correct them: an authorization is known by number, code and first day, a
    certification by its day. What the file does not mention is left alone."""
    shapes = [shape for shape in file.enrollments if shape.authorizations or shape.certifications]
    ids = [known.enrollments[shape.key].id for shape in shapes]
    authorized = {
        (each.enrollment_id, each.number, each.code, each.from_on): each
        for theirs in of_enrollments(ids).values()
        for each in theirs
    }
    certified = {
        (each.enrollment_id, each.certified_on): each
        for theirs in certifications_of(ids).values()
        for each in theirs
    }
    for n, shape in enumerate(file.enrollments):
        one = known.enrollments[shape.key]
        for m, authorization in enumerate(shape.authorizations):
            with run.at(f"enrollments[{n}].authorizations[{m}]"):
                facts = authorization.facts()
                key = one.id, authorization.number, authorization.code, authorization.from_on
                there = authorized.get(key)
                facts = _with(there, facts) | run.acting
                act = actions.authorize(one, there, **facts, by_file=True)
                _note(run, "authorizations", there, act)
        for m, certification in enumerate(shape.certifications):
            with run.at(f"enrollments[{n}].certifications[{m}]"):
                its = certified.get((one.id, certification.certified_on))
                facts = _with(its, certification.facts())
                facts["license_text"] = facts.pop("license")
                act = actions.certify(one, its, **facts, by_file=True, **run.acting)
                _note(run, "certifications", its, act)


def _with(there: Any, facts: dict[str, Any]) -> dict[str, Any]:
    """The facts, with those that are there where the file says nothing."""
    return {
        name: getattr(there, name, None) if value is None else value
        for name, value in facts.items()
    }


def _note(run: Run, what: str, there: Any, act: str | None) -> None:
    run.note(what, ("changed" if there else "created") if act else "unchanged")
