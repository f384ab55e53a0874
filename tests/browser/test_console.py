"""The console in real Chromium, on everything that the demo runs: the clinics' clients, scoring's charts."""

import io
import re
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from rich.console import Console

from services.dev import demo
from services.dev.stack import Stack
from tests.browser.conftest import DESK, PHONE, picture
from tests.support.console import Running, User

AXE = Path(__file__).parent / "node_modules" / "axe-core" / "axe.min.js"
SITE = "harbour"
OpenPage = Callable[..., Page]
SIZES = pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["phone", "desk"])
pytestmark = pytest.mark.timeout(300)
# The clinics go on publishing while pages are opened, on as many cores as there are.
expect.set_options(timeout=20_000)


@dataclass
class Clinic:
    running: Running
    base: str

    def somebody(self, *roles: str, **more: str) -> User:
        person = more.pop("person", "supervisor")
        return self.running.user(*roles, site=SITE, person=person, **more)


@pytest.fixture(scope="module")
def clinic(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clinic]:
    root = tmp_path_factory.mktemp("demo") / ".attune"
    with Stack(root, settings=demo.SETTINGS) as stack:
        demo.publish(demo.Options(root=root), 150, Console(file=io.StringIO()))
        alerting = stack.services["alerting"]
        yield Clinic(Running(alerting, stack.keys, stack.kafka.bootstrap, None), alerting.http)


def sign_in(page: Page, clinic: Clinic, user: User) -> None:
    page.goto(f"{clinic.base}/console")
    page.get_by_label("User name").fill(user.username)
    page.get_by_label("Password").fill(user.password)
    page.get_by_label("Code of your").fill(user.code())
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("What needs you")


def clean(page: Page) -> None:
    """axe-core finds nothing: WCAG 2.2 AA and its best practices."""
    page.evaluate(AXE.read_text())
    found = page.evaluate("async () => (await axe.run()).violations")
    told = [(each["id"], [node["html"][:200] for node in each["nodes"]]) for each in found]
    assert told == []
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, "one has to scroll sideways"


def with_guidance(page: Page) -> str:
    """A rupture that scoring says is open: one that is over has no ideas any more."""
    links = page.locator("li.rupture > a")
    expect(links.first).to_be_visible()
    paths = [str(link.get_attribute("href")) for link in links.all()]
    return next(
        path for path in paths if ">Guidance<" in page.request.get(page.url.removesuffix("/console") + path).text()
    )


@SIZES
def test_an_alert_arrives_live_is_taken_on_escalated_and_closed(
    clinic: Clinic, open_page: OpenPage, viewport: dict[str, int], request: pytest.FixtureRequest
) -> None:
    name = f"console-{request.node.callspec.id}"
    page = open_page(viewport=viewport, bypass_csp=True)
    page.goto(f"{clinic.base}/console/sign-in")
    clean(page)
    picture(page, f"{name}-1-sign-in")
    sign_in(page, clinic, clinic.somebody("SUPERVISOR", "SITE_ADMIN"))
    live = page.locator("#live")
    expect(live).to_have_text("Live: changes appear by themselves.")
    page.wait_for_timeout(1500)  # the first look at a site is what later ones are compared with
    alert_id = clinic.running.risk(SITE)
    expect(live).to_have_text("A new risk alert has arrived.")
    clean(page)
    picture(page, f"{name}-2-inbox")
    page.locator(f'a[href$="{alert_id}"]').click()
    expect(page.get_by_text("nobody has it")).to_be_visible()
    clean(page)
    picture(page, f"{name}-3-alert", whole=True)
    page.get_by_role("button", name="Acknowledge: I take it on").click()
    expect(page.get_by_text("taken on by supervisor")).to_be_visible()
    page.get_by_role("button", name="Escalate").click()
    expect(page.get_by_text("nobody has it")).to_be_visible()
    page.get_by_text("Close, with what was found").click()
    page.get_by_label("Yes, confirmed").check()
    page.get_by_label("spoke with the client").check()
    clean(page)
    picture(page, f"{name}-4-close", whole=True)
    page.get_by_role("button", name="Close the alert").click()
    expect(page.get_by_text("closed by supervisor")).to_be_visible()


@SIZES
def test_a_rupture_shows_its_chart_table_facets_and_guidance(
    clinic: Clinic, open_page: OpenPage, viewport: dict[str, int], request: pytest.FixtureRequest
) -> None:
    name = f"console-{request.node.callspec.id}"
    page = open_page(viewport=viewport, bypass_csp=True)
    sign_in(page, clinic, clinic.somebody("SUPERVISOR"))
    page.goto(clinic.base + with_guidance(page))
    chart = page.locator("figure img")
    expect(chart).to_be_visible()
    assert chart.evaluate("async image => { await image.decode(); return image.naturalWidth }") > 300
    page.get_by_text("The same as a table").click()
    expect(page.get_by_role("columnheader", name="Own level before")).to_be_visible()
    expect(page.get_by_role("heading", name="Guidance")).to_be_visible()
    clean(page)
    picture(page, f"{name}-5-rupture", whole=True)


@SIZES
def test_every_page_of_a_site_is_readable_in_spanish(
    clinic: Clinic, open_page: OpenPage, viewport: dict[str, int], request: pytest.FixtureRequest
) -> None:
    page = open_page(viewport=viewport, bypass_csp=True)
    sign_in(page, clinic, clinic.somebody("THERAPIST", "SITE_ADMIN", "SUPERVISOR", therapist="th-01"))
    for place in ("clients", "caseload", "overview", "on-call", "audit", "break-glass"):
        page.goto(f"{clinic.base}/console/s/{SITE}/{place}?lang=es")
        expect(page.locator("html")).to_have_attribute("lang", "es")
        clean(page)
        picture(page, f"console-{request.node.callspec.id}-{place}-es", whole=True)


def test_it_works_without_scripts(clinic: Clinic, open_page: OpenPage) -> None:
    page = open_page(scripts=False)
    alert_id = clinic.running.risk(SITE, f"ep-{uuid.uuid4().hex[:6]}")
    sign_in(page, clinic, clinic.somebody("ON_CALL", person="first"))
    expect(page.locator("#live")).to_have_text(re.compile("Load the page again"))
    page.locator(f'a[href$="{alert_id}"]').click()
    page.get_by_role("button", name="Acknowledge: I take it on").click()
    expect(page.get_by_text("taken on by first")).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
    page.goto(f"{clinic.base}/console")
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
