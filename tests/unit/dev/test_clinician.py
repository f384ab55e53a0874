from services.dev.clinician import Message, read_message


def test_a_mail_is_read_as_a_person_reads_it() -> None:
    record = {
        "channel": "smtp",
        "to": ["duty-desk@maple.example"],
        "subject": "Attune: 1 alert needs you (ref 7F3K2)",
        "headers": {"message-id": "<d-1@attune>"},
        "text": "Attune: 1 alert\n\nOpen this link:\nhttp://127.0.0.1:1/a/abc.def.ghi\n",
    }
    assert read_message(record) == Message("maple", "duty-desk", "7F3K2", "http://127.0.0.1:1/a/abc.def.ghi", "d-1")


def test_a_webhook_is_read() -> None:
    record = {
        "channel": "webhook",
        "name": "harbour-first",
        "headers": {"attune-delivery": "d-2"},
        "body": {"reference": "7F3K2", "link": "http://x/a/b"},
    }
    assert read_message(record) == Message("harbour", "first", "7F3K2", "http://x/a/b", "d-2")


def test_other_messages_are_nobodys() -> None:
    assert read_message({"channel": "sms", "to": "1", "text": "hello"}) is None
    mail = {
        "channel": "smtp",
        "to": ["a@maple.example"],
        "subject": "lunch",
        "text": "?",
        "headers": {"message-id": "<x>"},
    }
    assert read_message(mail) is None
