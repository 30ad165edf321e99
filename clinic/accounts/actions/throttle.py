from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import bindparam, delete, text, update

from clinic.accounts import rules
from clinic.accounts.models import Throttle
from clinic.db import UTCDateTime, db

_COUNT = text(
    "insert into throttle (bucket, began_at, tries) values (:bucket, :now, 1) "
    "on conflict (bucket) do update set "
    "tries = case when throttle.began_at <= :over then 1 else throttle.tries + 1 end, "
    "began_at = case when throttle.began_at <= :over then :now else throttle.began_at end "
    "returning tries"
).bindparams(
    bindparam("now", type_=UTCDateTime()),
    bindparam("over", type_=UTCDateTime()),
)


def count_tries(limits: Mapping[str, rules.Limit], *, now: datetime) -> bool:
    """Count one more try in each bucket; whether all of them were within their limit.

    One statement a bucket both counts and tells, so that no two tries see the same number.
    """
    tries = {
        bucket: db.execute(
            _COUNT, {"bucket": bucket, "now": now, "over": now - limit.window}
        ).scalar_one()
        for bucket, limit in limits.items()
    }
    return all(tries[bucket] <= limit.tries for bucket, limit in limits.items())


def forget_tries(limits: Mapping[str, rules.Limit]) -> None:
    """After a success: its own try is taken back, or the bucket emptied."""
    for bucket, limit in limits.items():
        theirs = Throttle.bucket == bucket
        if limit.is_cleared_by_success:
            db.execute(delete(Throttle).where(theirs))
        else:
            db.execute(update(Throttle).where(theirs).values(tries=Throttle.tries - 1))
