"""What chance decides: the gate tries the same every time, `make torture` new things, and more."""

import os

from hypothesis import HealthCheck, settings

TORTURE = os.environ.get("CLINIC_TORTURE") == "1"


def examples(number: int, *, at_length: int = 0) -> settings:
    """`@examples(25)`: try a property that often, and ten times that in `make torture`, or as
    often as is said."""
    return settings(max_examples=(at_length or number * 10) if TORTURE else number)


def share(number: int, among: int = 3) -> bool:
    """Whether the gate tries the case of this number: one of a few; `make torture` tries all."""
    return TORTURE or number % among == 0


def load_profile() -> None:
    """No run of the gate is to fail by the luck of the draw, or because the machine is busy."""
    settings.register_profile(
        "clinic",
        max_examples=1000 if TORTURE else 100,
        derandomize=not TORTURE,
        print_blob=TORTURE,
        deadline=None,
        # A fixture lasts for all examples: a test that stores rows empties the tables itself.
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
    )
    settings.load_profile("clinic")
