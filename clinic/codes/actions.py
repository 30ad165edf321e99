from datetime import datetime

from clinic import trail
from clinic.db import db
from clinic.schedule.models import Series, Session
from clinic.trail import Actor


def set_join_link(meeting: Series | Session, link: str | None, *, by: Actor, now: datetime) -> bool:
    """Keep how people join one meeting, or all of a group's; whether that is new."""
    if meeting.join_link == link:
        return False
    meeting.join_link = link
    db.flush()
    verb = "join_link_set" if link else "join_link_removed"
    kind = meeting.__tablename__
    digest = trail.digest_of_words(link, kind, meeting.id)
    trail.record(f"{kind}.{verb}", meeting, by=by, now=now, site_id=meeting.site_id, link=digest)
    return True
