"""When a person is told over which of their contacts."""

from datetime import timedelta

from services.alerting.domain.facts import Kind
from services.alerting.domain.sites import Channel, Contact, Person

NOTHING_YET = timedelta(microseconds=-1)  # as ``since``: the first look, which finds the rules without a delay


def due_notifications(person: Person, kind: Kind, since: timedelta, until: timedelta) -> tuple[Contact, ...]:
    """Return the contacts whose time came after ``since`` and by ``until``, the soonest first, each once.

    Both are counted from the moment when the person was first to be told: ``since`` as of the last look
    (``NOTHING_YET`` when there was none), ``until`` now. So a look that comes late tells once what it missed. A contact
    that is not verified is passed over; when that leaves a person without anything at once, their first contact takes
    its place, because a page that is due must not wait for a rule.
    """
    contacts = {contact.channel: contact for contact in person.contacts}
    rules = [rule for rule in person.rules if rule.channel in contacts and rule.kind in (None, kind)]
    times = [(rule.after, contacts[rule.channel]) for rule in rules]
    if person.contacts and not any(not after for after, _ in times):
        times.append((timedelta(0), person.contacts[0]))
    found: dict[Channel, Contact] = {}
    for after, contact in sorted(times, key=lambda each: each[0]):
        if since < after <= until:
            found.setdefault(contact.channel, contact)
    return tuple(found.values())
