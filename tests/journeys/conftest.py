"""A live clinic and browsers in it. The browser comes first: without one, all of it is skipped."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys.eyes import DESK, PHONE, TABLET, Watch
from tests.journeys.live import LiveClinic, serving
from tests.starter import Starter

expect.set_options(timeout=10_000)


@pytest.fixture(scope="module")
def clinic(
    browser: Browser, tmp_path_factory: pytest.TempPathFactory, migrated: Path, starter: Starter
) -> Iterator[LiveClinic]:
    """A clinic that has just been set up, and its server: one for the tests of a file."""
    live = LiveClinic(tmp_path_factory.mktemp("clinic"), migrated)
    with serving(live, starter, f"import clinic {live.write_file()}"):
        yield live


@pytest.fixture
def watch(clinic: LiveClinic) -> Iterator[Watch]:
    """What went wrong in any of the browsers; at the end it must be nothing."""
    watch = Watch(clinic.url)
    yield watch
    assert watch.complaints == []


@pytest.fixture
def sit_down(clinic: LiveClinic, new_context: Any, watch: Watch) -> Callable[..., Page]:
    """`sit_down()` at a desk, `sit_down(phone=True)`: a fresh browser of somebody in the clinic."""

    def begin(*, phone: bool = False, tablet: bool = False, **options: Any) -> Page:
        context = new_context(
            base_url=clinic.url,
            timezone_id=clinic.at.zone.key,
            locale="en-US",
            reduced_motion="reduce",  # colours in transition have no contrast to measure
            viewport=PHONE if phone else TABLET if tablet else DESK,
            has_touch=phone or tablet,
            is_mobile=phone,
            **options,
        )
        context.set_default_timeout(15_000)
        watch.over(context)
        return context.new_page()

    return begin
