"""Every message delivered three times and in any order: the same documents, byte for byte."""

import asyncio
from typing import Any

from bson import encode
from hypothesis import given, settings
from hypothesis import strategies as st

from services.feedback.domain.forms import Answer, Form
from services.runtime.errors import Permanent
from tests.unit.feedback.forms import form
from tests.unit.feedback.world import World

# Forms in which each revision of each response says one thing: what contradicts itself no order can put right.
_VALUES = st.dictionaries(
    st.sampled_from([*range(1, 9), 11, 12]), st.sampled_from([0.0, 1.0, 2.0, 3.0, 2.5, 11.0]), min_size=1
)


@st.composite
def _submissions(draw: st.DrawFn) -> list[Form]:
    keys = draw(st.sets(st.tuples(st.integers(1, 3), st.integers(1, 4)), min_size=1, max_size=6))
    forms = []
    for response, revision in sorted(keys):
        values = draw(_VALUES)
        forms.append(
            form(
                answers=tuple(Answer(item, value) for item, value in values.items()),
                response_id=f"re-{response}",
                episode_id=f"ep-{response % 2}",
                client_id=f"cl-{response % 2}",
                revision=revision,
                partial=draw(st.booleans()),
            )
        )
    return forms


async def _deliver(forms: list[Form]) -> tuple[dict[str, bytes], set[str]]:
    world = World()
    for each in forms:
        try:
            await world.submit(each)
        except Permanent:
            continue  # a dead letter: it belongs to the forms whatever their order
        await asyncio.sleep(0)
    await world.handed_over()
    documents: dict[str, Any] = {**world.responses.documents, **world.flags.documents}
    paged = {flag.flag_id for flag in world.alerting.flags}
    return {key: encode(document) for key, document in documents.items()}, paged


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_repeated_and_shuffled_delivery_gives_the_same_bytes(data: st.DataObject) -> None:
    forms = data.draw(_submissions())
    shuffled = data.draw(st.permutations(forms * 3))
    assert asyncio.run(_deliver(shuffled)) == asyncio.run(_deliver(forms))
