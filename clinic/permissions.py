"""Who may do what: the whole table, and nothing else.

With `SEE_WHOLE_CLINIC` that is for everybody; without it for the groups and sessions that people
lead or co-lead, for their caseload, and for whoever is booked for a session of theirs.

`MANAGE_ROSTERS` is for all rosters together with `MANAGE_PARTICIPANTS`. Without it, a place
on a group may begin or end where the group is one that they lead or co-lead (by its latest plan),
or where they are the primary clinician of the enrollment. A move ends one place and begins another,
so both must be. On a group of theirs leaders may put who is enrolled in its program, or in their
sight anyhow; clinicians may put their caseload on all groups of its site.
"""

from enum import Enum, StrEnum


class Role(StrEnum):
    ADMIN = "admin"
    COORDINATOR = "coordinator"
    CLINICIAN = "clinician"
    FRONT_DESK = "front_desk"
    BILLING = "billing"
    AUDITOR = "auditor"
    PARTICIPANT = "participant"


STAFF_ROLES = tuple(role for role in Role if role is not Role.PARTICIPANT)


class Permission(Enum):
    """One thing that a page or a button needs. `ANYONE` marks what is open on purpose."""

    ANYONE = "open without sign-in"
    OWN_ACCOUNT = "change one's own password"
    OWN_WEEK = "see one's own schedule, attendance and hours"
    SEARCH = "look for people, groups, staff and pages, as far as one may see them"
    SEE_SCHEDULE = "see sessions, who is expected and where"
    SEE_WHOLE_CLINIC = "see everyone, not only one's own groups and caseload"
    SEE_TOPICS = "see what a session is about"
    RECORD_ATTENDANCE = "mark who is here"
    SIGN_SHEETS = "sign for the attendance of sessions that one led; of all, on behalf"
    DO_TASKS = "see whom to have a word with about attendance, and note what came of it"
    SEE_HOURS = "see weekly hours and states"
    SEE_PARTICIPANTS = "see participants and their enrollments"
    MANAGE_PARTICIPANTS = "add participants, enroll them, change what is known of them"
    MANAGE_ROSTERS = "put people on groups, take them off and move them"
    SEE_KIOSK_INBOX = "see refused taps of the kiosk"
    SEE_CONTACTS = "see participants' contacts and consents"
    GIVE_CALENDARS = "give participants links to their calendar"
    GIVE_PINS = "give participants a new PIN for check-in"
    PLAN_SESSIONS = "plan, change and cancel single sessions"
    MANAGE_SCHEDULE = "set up groups, closures and time off"
    SEE_CENSUS = "see who is active, arriving and leaving"
    MANAGE_AUTHORIZATIONS = "note what payers authorized and physicians certified"
    EXPORT_RECORDS = "take hours, attendance and sessions away as files"
    SEE_BILLING = "see what days are worth, what holds them back and what was claimed"
    DO_BILLING = "export days to billing, and settle claims that differ"
    AUDIT_RECORDS = "draw days of participants and look through their records"
    SEE_BUILDING = "see who is in the building now"
    SEE_STAFF = "see who works here and who has access"
    MANAGE_STAFF = "take people on, give them roles, let them in and out"
    SET_UP_CLINIC = "set up the organization, sites, programs and rule sets"


_EVERY_STAFF = {
    Permission.OWN_ACCOUNT,
    Permission.SEARCH,
    Permission.SEE_STAFF,
    Permission.SEE_BUILDING,
}
_CARE = _EVERY_STAFF | {
    Permission.SEE_SCHEDULE,
    Permission.SEE_TOPICS,
    Permission.RECORD_ATTENDANCE,
    Permission.SIGN_SHEETS,
    Permission.DO_TASKS,
    Permission.SEE_HOURS,
    Permission.SEE_PARTICIPANTS,
    Permission.SEE_CONTACTS,
    Permission.GIVE_CALENDARS,
    Permission.GIVE_PINS,
    Permission.PLAN_SESSIONS,
    Permission.MANAGE_ROSTERS,
    Permission.SEE_CENSUS,
}
_COORDINATION = _CARE | {
    Permission.SEE_WHOLE_CLINIC,
    Permission.MANAGE_PARTICIPANTS,
    Permission.SEE_KIOSK_INBOX,
    Permission.MANAGE_SCHEDULE,
    Permission.MANAGE_AUTHORIZATIONS,
    Permission.EXPORT_RECORDS,
    Permission.SEE_BILLING,
    Permission.DO_BILLING,
}
_ADMINISTRATION = _COORDINATION | {
    Permission.MANAGE_STAFF,
    Permission.SET_UP_CLINIC,
    Permission.AUDIT_RECORDS,
}

TABLE: dict[Role, frozenset[Permission]] = {
    Role.ADMIN: frozenset(_ADMINISTRATION),
    Role.COORDINATOR: frozenset(_COORDINATION),
    Role.CLINICIAN: frozenset(_CARE),
    Role.FRONT_DESK: frozenset(
        _EVERY_STAFF
        | {
            Permission.SEE_SCHEDULE,
            Permission.SEE_WHOLE_CLINIC,
            Permission.RECORD_ATTENDANCE,
            Permission.SEE_KIOSK_INBOX,
            Permission.GIVE_PINS,
        }
    ),
    Role.BILLING: frozenset(
        _EVERY_STAFF
        | {
            Permission.SEE_HOURS,
            Permission.SEE_PARTICIPANTS,
            Permission.SEE_CENSUS,
            Permission.SEE_WHOLE_CLINIC,
            Permission.MANAGE_AUTHORIZATIONS,
            Permission.EXPORT_RECORDS,
            Permission.AUDIT_RECORDS,
            Permission.SEE_BILLING,
            Permission.DO_BILLING,
        }
    ),
    Role.AUDITOR: frozenset(
        _EVERY_STAFF
        | {
            Permission.SEE_SCHEDULE,
            Permission.SEE_TOPICS,
            Permission.SEE_HOURS,
            Permission.SEE_PARTICIPANTS,
            Permission.SEE_CONTACTS,
            Permission.SEE_CENSUS,
            Permission.SEE_WHOLE_CLINIC,
            Permission.EXPORT_RECORDS,
            Permission.AUDIT_RECORDS,
            Permission.SEE_BILLING,
        }
    ),
    Role.PARTICIPANT: frozenset({Permission.OWN_ACCOUNT, Permission.OWN_WEEK}),
}


def permissions_of(
    roles: frozenset[Role], *, clinicians_manage_rosters: bool = True
) -> frozenset[Permission]:
    """Everything that these roles allow together, where the clinic takes nothing back."""
    taken = frozenset() if clinicians_manage_rosters else {Permission.MANAGE_ROSTERS}
    given = (TABLE[role] - taken if role is Role.CLINICIAN else TABLE[role] for role in roles)
    return frozenset().union(*given)
