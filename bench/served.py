"""What is measured, and its floor, as the server of `make run` calls them."""

from typing import Any

from bench.floors import app as bare
from clinic.gateway import Gateway
from clinic.serve import THREADS

floors = Gateway(bare, threads=THREADS)


class _Product:
    """The product, made where it is asked for: the floors have no database."""

    def __rsgi_init__(self, _loop: Any) -> None:
        from wsgi import app  # noqa: PLC0415

        self.gateway = Gateway(app, threads=THREADS)

    async def __rsgi__(self, scope: Any, proto: Any) -> None:
        await self.gateway.__rsgi__(scope, proto)


product = _Product()
