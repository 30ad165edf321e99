from collections import defaultdict
from datetime import date, datetime
from typing import NamedTuple

from clinic.hours.queries import EnrollmentWeek, weeks_on
from clinic.programs.queries import homes
from clinic.told.queries import told_in
from clinic.told.rules import Said
from clinic.told.rules import news as news_of


class Running(NamedTuple):
    """The week that runs of an enrollment, and the day it is there."""

    week: EnrollmentWeek
    today: date

    @property
    def said(self) -> Said:
        hours = self.week.hours
        sums = hours.balance
        return Said(
            self.week.enrollment_id,
            hours.week,
            self.today,
            hours.state,
            hours.missing,
            sums.reachable,
        )


def running(now: datetime, *, scope: int | None = None) -> list[Running]:
    """The week that runs at each site, of every enrollment."""
    here = {site.id: site.home for site in homes(now)}
    sites: dict[date, set[int]] = defaultdict(set)  # where it is the week of that first day
    for site_id, home in here.items():
        sites[home.week].add(site_id)
    return [
        Running(each, here[each.program.site_id].today)
        for week, there in sites.items()
        for each in weeks_on(week, now=now, scope=scope)
        if each.program.site_id in there
    ]


def news(now: datetime) -> list[Said]:
    """What is to be said of the week that runs, for it is not what was said last."""
    said = [each.said for each in running(now)]
    return [each for _, each in news_of(said, told_in({each.week for each in said}))]
