"""The console's texts and the headers of its door."""

import re

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from services.alerting.web import render
from services.alerting.web.door import Door
from services.runtime.languages import known_languages


def test_every_text_is_in_every_catalogue_with_the_same_places() -> None:
    root = render.LOCALE.parent
    found = extract_from_dir(root, [("templates/console/**.html", "jinja2")], keywords={"_": None})
    wanted = {each[2] for each in found}
    assert len(wanted) > 150
    assert "es" in known_languages(render.LOCALE)
    for language in known_languages(render.LOCALE)[1:]:
        with (render.LOCALE / language / "LC_MESSAGES" / "messages.po").open("rb") as file:
            catalogue = {each.id: each.string for each in read_po(file, locale=language) if each.id}
        assert wanted - catalogue.keys() == set()
        assert catalogue.keys() - wanted == set()
        for text, translated in catalogue.items():
            assert translated
            assert set(re.findall(r"%\(\w+\)s|%%", text)) == set(re.findall(r"%\(\w+\)s|%%", translated))


@pytest.mark.parametrize(
    ("url", "cookie", "secure"),
    [
        ("https://alerts.example.org", "__Host-attune", True),
        # Over plain HTTP from elsewhere no browser keeps the cookie, so that nobody signs in without TLS.
        ("http://alerts.example.org", "__Host-attune", True),
        ("http://127.0.0.1:8080", "attune", False),
    ],
)
def test_the_cookie_is_of_this_host_and_of_tls_only_but_on_this_machine(url: str, cookie: str, secure: bool) -> None:
    door = Door(None, None, None, url, ())  # type: ignore[arg-type]
    assert (door.cookie, door.secure) == (cookie, secure)


def test_no_page_may_run_a_script_or_style_of_its_own() -> None:
    policy = render.headers("en", secure=True)["content-security-policy"]
    assert "unsafe" not in policy
    assert policy.startswith("default-src 'none'")
    assert "frame-ancestors 'none'" in policy
    for file in (render.LOCALE.parent / "templates" / "console").glob("*.html"):
        text = file.read_text()
        assert not re.search(r"<style|style=|<script(?! src)| on[a-z]+=|\| safe", text), file.name
