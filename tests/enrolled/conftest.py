from tests.admissions.conftest import now, pages

__all__ = ["now", "pages"]
