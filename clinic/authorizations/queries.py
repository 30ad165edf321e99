from collections import defaultdict
from collections.abc import Collection

from sqlalchemy import select

from clinic.authorizations.models import Authorization
from clinic.db import db


def of_enrollments(enrollment_ids: Collection[int]) -> dict[int, list[Authorization]]:
    """Enrollment id to its authorizations, in the order in which they are used."""
    found: dict[int, list[Authorization]] = defaultdict(list)
    for one in db.scalars(
        select(Authorization)
        .where(Authorization.enrollment_id.in_(enrollment_ids))
        .order_by(Authorization.until_on, Authorization.from_on, Authorization.id)
    ):
        found[one.enrollment_id].append(one)
    return found
