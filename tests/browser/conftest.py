"""A feedback service with a form, and Chromium to look at it with. `make browser-test` installs what these need."""

import os
import shutil
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pymongo
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from services.dev.environment import Keys, service_environment
from services.dev.forms import feedback_settings
from services.dev.process import ServiceProcess
from tests.support.asking import SITE, Asked

PHONE = {"width": 360, "height": 640}
DESK = {"width": 1280, "height": 800}
# Where pictures of the pages are kept, when somebody wants to look at them.
PICTURES = os.environ.get("ATTUNE_TEST_PICTURES", "")


@dataclass
class Forms:
    """The running service, and links to its forms."""

    asked: Asked
    database: Any

    @property
    def process(self) -> ServiceProcess:
        return self.asked.process

    def link(self) -> tuple[str, str]:
        """A new client's request: the link and the id of the response that it will have."""
        episode = f"ep-{uuid.uuid4().hex[:8]}"
        self.asked.episode(episode)
        issued = self.asked.issued(episode, f"se-{uuid.uuid4().hex[:8]}")
        return issued.link, issued.request.request_id

    def answers(self, response_id: str) -> dict[int, float] | None:
        """The answers of a response; None when there is none. More than one submission is a failure."""
        found = self.database.responses.find_one({"response_id": response_id})
        if found is None:
            return None
        (submission,) = found["submissions"]
        return {each["item"]: each["value"] for each in submission["answers"]}

    def stored(self, response_id: str) -> dict[str, Any]:
        """A response as the database has it."""
        found: dict[str, Any] = self.database.responses.find_one({"response_id": response_id})
        return found


@pytest.fixture(scope="session")
def forms(topics_applied: str, mongo_uri: str, keys: Keys, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Forms]:
    folder = tmp_path_factory.mktemp("forms")
    prefix = f"t{uuid.uuid4().hex[:12]}"
    environment = service_environment(
        "feedback",
        bootstrap=topics_applied,
        mongo_uri=mongo_uri,
        keys=keys,
        database_prefix=prefix,
        extra={"ATTUNE_PEER_ALERTING": "127.0.0.1:9"},
    )
    process = ServiceProcess("feedback", environment, folder)
    process.with_environment(**feedback_settings(folder, process.http, [SITE]))
    client: pymongo.MongoClient[dict[str, Any]] = pymongo.MongoClient(mongo_uri, timeoutMS=20_000)
    with process, client:
        yield Forms(Asked(process, topics_applied, keys), client[f"{prefix}_feedback"])


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    assert program, "there is no Chromium; `make browser-test` says how to install it"
    with sync_playwright() as playwright:
        # Without the sandbox it also runs as root in a container; it opens only pages of this test.
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def open_page(chromium: Browser) -> Iterator[Callable[..., Page]]:
    """open_page(scripts=True, viewport=PHONE, **more) gives a page of a browser of its own."""
    contexts: list[BrowserContext] = []

    def new(*, scripts: bool = True, viewport: dict[str, int] = PHONE, **more: Any) -> Page:
        context = chromium.new_context(java_script_enabled=scripts, viewport=viewport, locale="en-GB", **more)
        context.set_default_timeout(10_000)
        contexts.append(context)
        return context.new_page()

    yield new
    for context in contexts:
        context.close()


def picture(page: Page, name: str, *, whole: bool = False) -> None:
    """Keep a picture of the page, when that is wanted."""
    if PICTURES:
        Path(PICTURES).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=f"{PICTURES}/{name}.png", full_page=whole)
