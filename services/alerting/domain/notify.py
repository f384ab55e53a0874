"""When a person is told over which of their contacts."""

from datetime import timedelta

from services.alerting.domain.facts import Kind
from services.alerting.domain.sites import Channel, Contact, Person

AT_ONCE = timedelta(0)


def notifications(person: Person, kind: Kind) -> tuple[tuple[timedelta, Contact], ...]:
    """Return the contacts over which a person is told of an alert, each once, with the wait before it, soonest first.

    The wait begins when the person is to be told; a contact is used unless somebody has answered by then. One that is
    not verified is passed over; when that leaves nothing at once, the first contact is used at once, because a page
    that is due must not wait for a rule. Without rules that is all.
    """
    contacts = {contact.channel: contact for contact in person.contacts}
    waits: dict[Channel, timedelta] = {}
    for rule in sorted(person.rules, key=lambda rule: rule.after):
        if rule.channel in contacts and rule.kind in (None, kind):
            waits.setdefault(rule.channel, rule.after)
    if person.contacts and AT_ONCE not in waits.values():
        waits[person.contacts[0].channel] = AT_ONCE
    times = [(wait, contacts[channel]) for channel, wait in waits.items()]
    return tuple(sorted(times, key=lambda each: each[0]))
