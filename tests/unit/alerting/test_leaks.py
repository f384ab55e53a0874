"""What leaves the house, over every channel and in every language, says nothing of a client, a clinic or a form."""

import re
from itertools import product

import pytest

from services.alerting.domain.sites import Channel
from services.alerting.texts import LANGUAGES, PHRASES, Text
from tests.unit.alerting.world import World, risk_event, rupture_event

# What an event holds, and words that would tell a stranger what kind of house this is (clinical reference 6.2).
WORDS = re.compile(
    r"episode|client|cliente|therap|terap|session|sesi|rupture|ruptura|alliance|alianza|risk|riesgo|suicid|score|punt|"
    r"form\b|formulario|check-?in|phq|core-10|\bsrs\b|\bwai\b|clinic|clínica|psych|psic|northside|trust|confianza|patient|paciente",
    re.IGNORECASE,
)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_phrase_that_leaves_says_what_kind_of_house_this_is(language: str) -> None:
    for name, phrase in PHRASES[language].items():
        assert WORDS.search(phrase) is None, f"{name}: {phrase}"


@pytest.mark.parametrize("event", [risk_event(), rupture_event()], ids=["risk", "rupture"])
async def test_every_message_of_every_channel_holds_a_count_a_reference_a_link_and_nothing_of_the_event(
    world: World, event
) -> None:
    await world.deliver(event)
    await world.settle()
    [(_, _, text, _)] = world.arrived
    world.told()
    values = {str(value) for _, value in event.data.ListFields() if isinstance(value, str)}
    for over, language, count in product((False, True), LANGUAGES, (1, 7)):
        said = Text(count, text.reference, "" if over else text.link, language, over, "" if over else "123456")
        for words in (said.subject, said.body(), said.short(), said.spoken()):
            assert not [value for value in values if value in words]
            assert WORDS.search(words.replace(said.link, "") if said.link else words) is None


def test_every_channel_has_words() -> None:
    assert {channel.value for channel in Channel} == {"email", "webhook", "sms", "voice"}
