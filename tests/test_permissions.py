import pytest

from clinic.permissions import STAFF_ROLES, TABLE, Permission, Role, permissions_of


def test_every_role_has_its_line_and_nobody_needs_to_be_allowed_what_is_open():
    assert set(TABLE) == set(Role)
    assert [role for role in Role if Permission.ANYONE in TABLE[role]] == []


def test_everyone_may_change_their_own_password():
    assert [role for role in Role if Permission.OWN_ACCOUNT not in TABLE[role]] == []


def test_only_participants_have_a_week_of_their_own_and_nothing_else():
    assert [role for role in Role if Permission.OWN_WEEK in TABLE[role]] == [Role.PARTICIPANT]
    assert TABLE[Role.PARTICIPANT] == {Permission.OWN_ACCOUNT, Permission.OWN_WEEK}
    assert Role.PARTICIPANT not in STAFF_ROLES


@pytest.mark.parametrize(
    ("permission", "roles"),
    [
        (Permission.MANAGE_PARTICIPANTS, {Role.ADMIN, Role.COORDINATOR}),
        (
            Permission.RECORD_ATTENDANCE,
            {Role.ADMIN, Role.COORDINATOR, Role.CLINICIAN, Role.FRONT_DESK},
        ),
        (Permission.SEE_KIOSK_INBOX, {Role.ADMIN, Role.COORDINATOR, Role.FRONT_DESK}),
        (
            Permission.SEE_TOPICS,
            {Role.ADMIN, Role.COORDINATOR, Role.CLINICIAN, Role.AUDITOR},
        ),
        (Permission.MANAGE_ROSTERS, {Role.ADMIN, Role.COORDINATOR, Role.CLINICIAN}),
        (Permission.MANAGE_SCHEDULE, {Role.ADMIN, Role.COORDINATOR}),
        (Permission.GIVE_CALENDARS, {Role.ADMIN, Role.COORDINATOR, Role.CLINICIAN}),
        (Permission.PLAN_SESSIONS, {Role.ADMIN, Role.COORDINATOR, Role.CLINICIAN}),
        (
            Permission.SEE_CONTACTS,
            {Role.ADMIN, Role.COORDINATOR, Role.CLINICIAN, Role.AUDITOR},
        ),
        (
            Permission.EXPORT_RECORDS,
            {Role.ADMIN, Role.COORDINATOR, Role.BILLING, Role.AUDITOR},
        ),
        (Permission.SEE_BILLING, {Role.ADMIN, Role.COORDINATOR, Role.BILLING, Role.AUDITOR}),
        (Permission.DO_BILLING, {Role.ADMIN, Role.COORDINATOR, Role.BILLING}),
        (Permission.MANAGE_STAFF, {Role.ADMIN}),
        (Permission.SET_UP_CLINIC, {Role.ADMIN}),
        (Permission.SEE_BUILDING, set(STAFF_ROLES)),
        (Permission.SEE_STAFF, set(STAFF_ROLES)),
        (Permission.SEARCH, set(STAFF_ROLES)),
        (
            Permission.SEE_WHOLE_CLINIC,
            {Role.ADMIN, Role.COORDINATOR, Role.FRONT_DESK, Role.BILLING, Role.AUDITOR},
        ),
    ],
)
def test_roles_see_and_do_the_least_they_need(permission, roles):
    assert {role for role in Role if permission in TABLE[role]} == roles


def test_whoever_takes_records_away_as_files_sees_everyone_anyway():
    taking = {role for role in Role if Permission.EXPORT_RECORDS in TABLE[role]}
    assert [role for role in taking if Permission.SEE_WHOLE_CLINIC not in TABLE[role]] == []


def test_several_roles_together_may_do_what_each_may():
    both = permissions_of(frozenset({Role.CLINICIAN, Role.BILLING}))
    assert both == TABLE[Role.CLINICIAN] | TABLE[Role.BILLING]


def test_a_clinic_takes_rosters_back_from_clinicians_alone():
    def given(*roles):
        all_that = permissions_of(frozenset(roles))
        return all_that - permissions_of(frozenset(roles), clinicians_manage_rosters=False)

    assert given(Role.CLINICIAN) == given(Role.CLINICIAN, Role.FRONT_DESK)
    assert given(Role.CLINICIAN) == {Permission.MANAGE_ROSTERS}
    assert given(Role.COORDINATOR, Role.CLINICIAN) == given(Role.ADMIN) == set()


def test_without_a_role_nothing_is_allowed():
    assert permissions_of(frozenset()) == frozenset()
