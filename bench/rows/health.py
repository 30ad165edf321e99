from itertools import repeat

from bench.clinics import on
from bench.load import FLOORS, PRODUCT, Want, drive, request, served
from bench.measure import Bench, Result, Row, in_turn, measures

HEALTH = Row(
    1,
    "health route",
    "bare Flask route, same server",
    "rps",
    0.85,
    higher_is_better=True,
    is_steady=False,
)


@measures(HEALTH)
def health(bench: Bench) -> list[Result]:
    settings = on(bench, f"sqlite:///{bench.folder / 'none.db'}").settings
    asking, want = request("/healthz"), Want(holds=b"ok")
    with served(PRODUCT, settings) as real, served(FLOORS, {}) as floor:

        def rps(port: int, seconds: float = bench.seconds) -> float:
            return drive(port, repeat(asking), seconds=seconds, want=want).rps

        for port in (real, floor):
            rps(port, 0.3)
        pairs = in_turn(bench.rounds, lambda: rps(real), lambda: rps(floor))
    return [Result(HEALTH, *map(list, zip(*pairs, strict=True)))]
