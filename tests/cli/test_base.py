import click
import pytest
from sqlalchemy.exc import OperationalError

from clinic.cli.base import command as register
from clinic.errors import BadInput, NotFound, Refused


def outcome_of(app, raised):
    """What a command that raises this prints and answers."""
    group = click.Group()

    @register(group, "try")
    def try_it():
        click.echo("begun")
        if raised:
            raise raised

    result = app.test_cli_runner(catch_exceptions=False).invoke(group, ["try"])
    return result.exit_code, result.stdout, result.stderr


def test_a_command_that_does_its_work_exits_with_0(app):
    assert outcome_of(app, None) == (0, "begun\n", "")


def test_a_rules_no_exits_with_1_and_its_sentence(app):
    assert outcome_of(app, Refused("The room is full.")) == (1, "begun\n", "The room is full.\n")


def test_an_empty_database_is_told(app):
    assert outcome_of(app, NotFound()) == (
        1,
        "begun\n",
        "There is no clinic in the database yet.\n",
    )


def test_bad_input_exits_with_2_and_a_line_for_each_problem(app):
    raised = BadInput("a.yaml:sites: missing", "a.yaml:staff[0].key: empty")
    assert outcome_of(app, raised) == (
        2,
        "begun\n",
        "a.yaml:sites: missing\na.yaml:staff[0].key: empty\n",
    )


def test_a_database_out_of_reach_is_told_in_a_sentence(app):
    raised = OperationalError("SELECT 1", None, Exception("no route to host\nand so on"))
    told = "The database is out of reach. no route to host\n"
    assert outcome_of(app, raised) == (1, "begun\n", told)


def test_a_bug_is_not_hidden(app):
    with pytest.raises(ZeroDivisionError):
        outcome_of(app, ZeroDivisionError())


@pytest.mark.parametrize(
    "words",
    [
        "import clinic",
        "import attendance",
        "export hours",
        "export sessions",
        "export attendance",
        "users add",
        "feeds issue",
        "feeds revoke",
        "kiosk pair",
        "tick",
        "audit verify",
        "doctor",
        "demo",
        "db upgrade",
    ],
)
def test_every_command_of_the_contract_says_what_it_does(command, words):
    said = command(*words.split(), "--help").stdout.splitlines()
    assert said[0].endswith("[OPTIONS]") or "[OPTIONS] " in said[0]
    assert said[2].strip() != ""
