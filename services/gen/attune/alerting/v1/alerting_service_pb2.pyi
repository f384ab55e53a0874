import datetime

from attune.alerting.v1 import events_pb2 as _events_pb2
from attune.alerting.v1 import oncall_pb2 as _oncall_pb2
from attune.feedback.v1 import events_pb2 as _events_pb2_1
from attune.scoring.v1 import events_pb2 as _events_pb2_1_1
from attune.scoring.v1 import summaries_pb2 as _summaries_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Purpose(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    PURPOSE_UNSPECIFIED: _ClassVar[Purpose]
    PURPOSE_PAGE: _ClassVar[Purpose]
    PURPOSE_END: _ClassVar[Purpose]
    PURPOSE_DEADLINE: _ClassVar[Purpose]

class Channel(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CHANNEL_UNSPECIFIED: _ClassVar[Channel]
    CHANNEL_EMAIL: _ClassVar[Channel]
    CHANNEL_WEBHOOK: _ClassVar[Channel]
    CHANNEL_SMS: _ClassVar[Channel]
    CHANNEL_VOICE: _ClassVar[Channel]

class DeliveryStatus(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    DELIVERY_STATUS_UNSPECIFIED: _ClassVar[DeliveryStatus]
    DELIVERY_STATUS_PENDING: _ClassVar[DeliveryStatus]
    DELIVERY_STATUS_SENDING: _ClassVar[DeliveryStatus]
    DELIVERY_STATUS_SENT: _ClassVar[DeliveryStatus]
    DELIVERY_STATUS_FAILED: _ClassVar[DeliveryStatus]
    DELIVERY_STATUS_DROPPED: _ClassVar[DeliveryStatus]
    DELIVERY_STATUS_DELIVERED: _ClassVar[DeliveryStatus]

class SilenceScope(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SILENCE_SCOPE_UNSPECIFIED: _ClassVar[SilenceScope]
    SILENCE_SCOPE_EPISODE: _ClassVar[SilenceScope]
    SILENCE_SCOPE_THERAPIST: _ClassVar[SilenceScope]
    SILENCE_SCOPE_SITE: _ClassVar[SilenceScope]
PURPOSE_UNSPECIFIED: Purpose
PURPOSE_PAGE: Purpose
PURPOSE_END: Purpose
PURPOSE_DEADLINE: Purpose
CHANNEL_UNSPECIFIED: Channel
CHANNEL_EMAIL: Channel
CHANNEL_WEBHOOK: Channel
CHANNEL_SMS: Channel
CHANNEL_VOICE: Channel
DELIVERY_STATUS_UNSPECIFIED: DeliveryStatus
DELIVERY_STATUS_PENDING: DeliveryStatus
DELIVERY_STATUS_SENDING: DeliveryStatus
DELIVERY_STATUS_SENT: DeliveryStatus
DELIVERY_STATUS_FAILED: DeliveryStatus
DELIVERY_STATUS_DROPPED: DeliveryStatus
DELIVERY_STATUS_DELIVERED: DeliveryStatus
SILENCE_SCOPE_UNSPECIFIED: SilenceScope
SILENCE_SCOPE_EPISODE: SilenceScope
SILENCE_SCOPE_THERAPIST: SilenceScope
SILENCE_SCOPE_SITE: SilenceScope

class RaiseRiskFlagRequest(_message.Message):
    __slots__ = ("site_id", "flag")
    SITE_ID_FIELD_NUMBER: _ClassVar[int]
    FLAG_FIELD_NUMBER: _ClassVar[int]
    site_id: str
    flag: _events_pb2_1.RiskFlag
    def __init__(self, site_id: _Optional[str] = ..., flag: _Optional[_Union[_events_pb2_1.RiskFlag, _Mapping]] = ...) -> None: ...

class RaiseRiskFlagResponse(_message.Message):
    __slots__ = ("alert_id",)
    ALERT_ID_FIELD_NUMBER: _ClassVar[int]
    alert_id: str
    def __init__(self, alert_id: _Optional[str] = ...) -> None: ...

class ListAlertsRequest(_message.Message):
    __slots__ = ("site_id", "open_only", "page_size", "page_token")
    SITE_ID_FIELD_NUMBER: _ClassVar[int]
    OPEN_ONLY_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    site_id: str
    open_only: bool
    page_size: int
    page_token: str
    def __init__(self, site_id: _Optional[str] = ..., open_only: _Optional[bool] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListAlertsResponse(_message.Message):
    __slots__ = ("alerts", "next_page_token")
    ALERTS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    alerts: _containers.RepeatedCompositeFieldContainer[_events_pb2.Alert]
    next_page_token: str
    def __init__(self, alerts: _Optional[_Iterable[_Union[_events_pb2.Alert, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class GetAlertRequest(_message.Message):
    __slots__ = ("site_id", "alert_id")
    SITE_ID_FIELD_NUMBER: _ClassVar[int]
    ALERT_ID_FIELD_NUMBER: _ClassVar[int]
    site_id: str
    alert_id: str
    def __init__(self, site_id: _Optional[str] = ..., alert_id: _Optional[str] = ...) -> None: ...

class GetAlertResponse(_message.Message):
    __slots__ = ("alert", "timeline", "deliveries", "rupture", "caseload", "condition")
    ALERT_FIELD_NUMBER: _ClassVar[int]
    TIMELINE_FIELD_NUMBER: _ClassVar[int]
    DELIVERIES_FIELD_NUMBER: _ClassVar[int]
    RUPTURE_FIELD_NUMBER: _ClassVar[int]
    CASELOAD_FIELD_NUMBER: _ClassVar[int]
    CONDITION_FIELD_NUMBER: _ClassVar[int]
    alert: _events_pb2.Alert
    timeline: _containers.RepeatedCompositeFieldContainer[TimelineEntry]
    deliveries: _containers.RepeatedCompositeFieldContainer[Delivery]
    rupture: _events_pb2_1_1.Rupture
    caseload: _summaries_pb2.CaseloadPattern
    condition: str
    def __init__(self, alert: _Optional[_Union[_events_pb2.Alert, _Mapping]] = ..., timeline: _Optional[_Iterable[_Union[TimelineEntry, _Mapping]]] = ..., deliveries: _Optional[_Iterable[_Union[Delivery, _Mapping]]] = ..., rupture: _Optional[_Union[_events_pb2_1_1.Rupture, _Mapping]] = ..., caseload: _Optional[_Union[_summaries_pb2.CaseloadPattern, _Mapping]] = ..., condition: _Optional[str] = ...) -> None: ...

class TimelineEntry(_message.Message):
    __slots__ = ("at", "what", "who", "detail")
    AT_FIELD_NUMBER: _ClassVar[int]
    WHAT_FIELD_NUMBER: _ClassVar[int]
    WHO_FIELD_NUMBER: _ClassVar[int]
    DETAIL_FIELD_NUMBER: _ClassVar[int]
    at: _timestamp_pb2.Timestamp
    what: str
    who: str
    detail: str
    def __init__(self, at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., what: _Optional[str] = ..., who: _Optional[str] = ..., detail: _Optional[str] = ...) -> None: ...

class Delivery(_message.Message):
    __slots__ = ("delivery_id", "person_id", "channel", "status", "attempts", "planned_at", "sent_at", "last_error", "step", "loop", "purpose", "not_before", "held", "bundle", "delivered_at", "again")
    DELIVERY_ID_FIELD_NUMBER: _ClassVar[int]
    PERSON_ID_FIELD_NUMBER: _ClassVar[int]
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    ATTEMPTS_FIELD_NUMBER: _ClassVar[int]
    PLANNED_AT_FIELD_NUMBER: _ClassVar[int]
    SENT_AT_FIELD_NUMBER: _ClassVar[int]
    LAST_ERROR_FIELD_NUMBER: _ClassVar[int]
    STEP_FIELD_NUMBER: _ClassVar[int]
    LOOP_FIELD_NUMBER: _ClassVar[int]
    PURPOSE_FIELD_NUMBER: _ClassVar[int]
    NOT_BEFORE_FIELD_NUMBER: _ClassVar[int]
    HELD_FIELD_NUMBER: _ClassVar[int]
    BUNDLE_FIELD_NUMBER: _ClassVar[int]
    DELIVERED_AT_FIELD_NUMBER: _ClassVar[int]
    AGAIN_FIELD_NUMBER: _ClassVar[int]
    delivery_id: str
    person_id: str
    channel: Channel
    status: DeliveryStatus
    attempts: int
    planned_at: _timestamp_pb2.Timestamp
    sent_at: _timestamp_pb2.Timestamp
    last_error: str
    step: int
    loop: int
    purpose: Purpose
    not_before: _timestamp_pb2.Timestamp
    held: str
    bundle: str
    delivered_at: _timestamp_pb2.Timestamp
    again: int
    def __init__(self, delivery_id: _Optional[str] = ..., person_id: _Optional[str] = ..., channel: _Optional[_Union[Channel, str]] = ..., status: _Optional[_Union[DeliveryStatus, str]] = ..., attempts: _Optional[int] = ..., planned_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., sent_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., last_error: _Optional[str] = ..., step: _Optional[int] = ..., loop: _Optional[int] = ..., purpose: _Optional[_Union[Purpose, str]] = ..., not_before: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., held: _Optional[str] = ..., bundle: _Optional[str] = ..., delivered_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., again: _Optional[int] = ...) -> None: ...

class AcknowledgeAlertRequest(_message.Message):
    __slots__ = ("site_id", "alert_id", "person_id", "note", "as_of")
    SITE_ID_FIELD_NUMBER: _ClassVar[int]
    ALERT_ID_FIELD_NUMBER: _ClassVar[int]
    PERSON_ID_FIELD_NUMBER: _ClassVar[int]
    NOTE_FIELD_NUMBER: _ClassVar[int]
    AS_OF_FIELD_NUMBER: _ClassVar[int]
    site_id: str
    alert_id: str
    person_id: str
    note: str
    as_of: _timestamp_pb2.Timestamp
    def __init__(self, site_id: _Optional[str] = ..., alert_id: _Optional[str] = ..., person_id: _Optional[str] = ..., note: _Optional[str] = ..., as_of: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class AcknowledgeAlertResponse(_message.Message):
    __slots__ = ("alert",)
    ALERT_FIELD_NUMBER: _ClassVar[int]
    alert: _events_pb2.Alert
    def __init__(self, alert: _Optional[_Union[_events_pb2.Alert, _Mapping]] = ...) -> None: ...

class SnoozeAlertRequest(_message.Message):
    __slots__ = ("site_id", "alert_id", "person_id", "until", "note", "as_of")
    SITE_ID_FIELD_NUMBER: _ClassVar[int]
    ALERT_ID_FIELD_NUMBER: _ClassVar[int]
    PERSON_ID_FIELD_NUMBER: _ClassVar[int]
    UNTIL_FIELD_NUMBER: _ClassVar[int]
    NOTE_FIELD_NUMBER: _ClassVar[int]
    AS_OF_FIELD_NUMBER: _ClassVar[int]
    site_id: str
    alert_id: str
    person_id: str
    until: _timestamp_pb2.Timestamp
    note: str
    as_of: _timestamp_pb2.Timestamp
    def __init__(self, site_id: _Optional[str] = ..., alert_id: _Optional[str] = ..., person_id: _Optional[str] = ..., until: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., note: _Optional[str] = ..., as_of: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class SnoozeAlertResponse(_message.Message):
    __slots__ = ("alert",)
    ALERT_FIELD_NUMBER: _ClassVar[int]
    alert: _events_pb2.Alert
    def __init__(self, alert: _Optional[_Union[_events_pb2.Alert, _Mapping]] = ...) -> None: ...

class EscalateAlertRequest(_message.Message):
    __slots__ = ("site_id", "alert_id", "person_id", "note", "as_of")
    SITE_ID_FIELD_NUMBER: _ClassVar[int]
    ALERT_ID_FIELD_NUMBER: _ClassVar[int]
    PERSON_ID_FIELD_NUMBER: _ClassVar[int]
    NOTE_FIELD_NUMBER: _ClassVar[int]
    AS_OF_FIELD_NUMBER: _ClassVar[int]
    site_id: str
    alert_id: str
    person_id: str
    note: str
    as_of: _timestamp_pb2.Timestamp
    def __init__(self, site_id: _Optional[str] = ..., alert_id: _Optional[str] = ..., person_id: _Optional[str] = ..., note: _Optional[str] = ..., as_of: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class EscalateAlertResponse(_message.Message):
    __slots__ = ("alert",)
    ALERT_FIELD_NUMBER: _ClassVar[int]
    alert: _events_pb2.Alert
    def __init__(self, alert: _Optional[_Union[_events_pb2.Alert, _Mapping]] = ...) -> None: ...

class CloseAlertRequest(_message.Message):
    __slots__ = ("site_id", "alert_id", "person_id", "reason", "findings", "as_of")
    SITE_ID_FIELD_NUMBER: _ClassVar[int]
    ALERT_ID_FIELD_NUMBER: _ClassVar[int]
    PERSON_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    FINDINGS_FIELD_NUMBER: _ClassVar[int]
    AS_OF_FIELD_NUMBER: _ClassVar[int]
    site_id: str
    alert_id: str
    person_id: str
    reason: str
    findings: _events_pb2.Findings
    as_of: _timestamp_pb2.Timestamp
    def __init__(self, site_id: _Optional[str] = ..., alert_id: _Optional[str] = ..., person_id: _Optional[str] = ..., reason: _Optional[str] = ..., findings: _Optional[_Union[_events_pb2.Findings, _Mapping]] = ..., as_of: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class CloseAlertResponse(_message.Message):
    __slots__ = ("alert",)
    ALERT_FIELD_NUMBER: _ClassVar[int]
    alert: _events_pb2.Alert
    def __init__(self, alert: _Optional[_Union[_events_pb2.Alert, _Mapping]] = ...) -> None: ...

class Silence(_message.Message):
    __slots__ = ("silence_id", "scope", "subject", "author", "reason", "created_at", "starts_at", "ends_at", "ended_by", "replaced_by")
    SILENCE_ID_FIELD_NUMBER: _ClassVar[int]
    SCOPE_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    AUTHOR_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    CREATED_AT_FIELD_NUMBER: _ClassVar[int]
    STARTS_AT_FIELD_NUMBER: _ClassVar[int]
    ENDS_AT_FIELD_NUMBER: _ClassVar[int]
    ENDED_BY_FIELD_NUMBER: _ClassVar[int]
    REPLACED_BY_FIELD_NUMBER: _ClassVar[int]
    silence_id: str
    scope: SilenceScope
    subject: str
    author: str
    reason: str
    created_at: _timestamp_pb2.Timestamp
    starts_at: _timestamp_pb2.Timestamp
    ends_at: _timestamp_pb2.Timestamp
    ended_by: str
    replaced_by: str
    def __init__(self, silence_id: _Optional[str] = ..., scope: _Optional[_Union[SilenceScope, str]] = ..., subject: _Optional[str] = ..., author: _Optional[str] = ..., reason: _Optional[str] = ..., created_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., starts_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., ends_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., ended_by: _Optional[str] = ..., replaced_by: _Optional[str] = ...) -> None: ...

class CreateSilenceRequest(_message.Message):
    __slots__ = ("site_id", "scope", "subject", "person_id", "reason", "starts_at", "ends_at")
    SITE_ID_FIELD_NUMBER: _ClassVar[int]
    SCOPE_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    PERSON_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    STARTS_AT_FIELD_NUMBER: _ClassVar[int]
    ENDS_AT_FIELD_NUMBER: _ClassVar[int]
    site_id: str
    scope: SilenceScope
    subject: str
    person_id: str
    reason: str
    starts_at: _timestamp_pb2.Timestamp
    ends_at: _timestamp_pb2.Timestamp
    def __init__(self, site_id: _Optional[str] = ..., scope: _Optional[_Union[SilenceScope, str]] = ..., subject: _Optional[str] = ..., person_id: _Optional[str] = ..., reason: _Optional[str] = ..., starts_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., ends_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class CreateSilenceResponse(_message.Message):
    __slots__ = ("silence",)
    SILENCE_FIELD_NUMBER: _ClassVar[int]
    silence: Silence
    def __init__(self, silence: _Optional[_Union[Silence, _Mapping]] = ...) -> None: ...

class ChangeSilenceRequest(_message.Message):
    __slots__ = ("site_id", "silence_id", "person_id", "reason", "ends_at")
    SITE_ID_FIELD_NUMBER: _ClassVar[int]
    SILENCE_ID_FIELD_NUMBER: _ClassVar[int]
    PERSON_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    ENDS_AT_FIELD_NUMBER: _ClassVar[int]
    site_id: str
    silence_id: str
    person_id: str
    reason: str
    ends_at: _timestamp_pb2.Timestamp
    def __init__(self, site_id: _Optional[str] = ..., silence_id: _Optional[str] = ..., person_id: _Optional[str] = ..., reason: _Optional[str] = ..., ends_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ChangeSilenceResponse(_message.Message):
    __slots__ = ("silence",)
    SILENCE_FIELD_NUMBER: _ClassVar[int]
    silence: Silence
    def __init__(self, silence: _Optional[_Union[Silence, _Mapping]] = ...) -> None: ...

class EndSilenceRequest(_message.Message):
    __slots__ = ("site_id", "silence_id", "person_id")
    SITE_ID_FIELD_NUMBER: _ClassVar[int]
    SILENCE_ID_FIELD_NUMBER: _ClassVar[int]
    PERSON_ID_FIELD_NUMBER: _ClassVar[int]
    site_id: str
    silence_id: str
    person_id: str
    def __init__(self, site_id: _Optional[str] = ..., silence_id: _Optional[str] = ..., person_id: _Optional[str] = ...) -> None: ...

class EndSilenceResponse(_message.Message):
    __slots__ = ("silence",)
    SILENCE_FIELD_NUMBER: _ClassVar[int]
    silence: Silence
    def __init__(self, silence: _Optional[_Union[Silence, _Mapping]] = ...) -> None: ...

class ListSilencesRequest(_message.Message):
    __slots__ = ("site_id",)
    SITE_ID_FIELD_NUMBER: _ClassVar[int]
    site_id: str
    def __init__(self, site_id: _Optional[str] = ...) -> None: ...

class ListSilencesResponse(_message.Message):
    __slots__ = ("silences",)
    SILENCES_FIELD_NUMBER: _ClassVar[int]
    silences: _containers.RepeatedCompositeFieldContainer[Silence]
    def __init__(self, silences: _Optional[_Iterable[_Union[Silence, _Mapping]]] = ...) -> None: ...

class ResendDeliveryRequest(_message.Message):
    __slots__ = ("site_id", "delivery_id")
    SITE_ID_FIELD_NUMBER: _ClassVar[int]
    DELIVERY_ID_FIELD_NUMBER: _ClassVar[int]
    site_id: str
    delivery_id: str
    def __init__(self, site_id: _Optional[str] = ..., delivery_id: _Optional[str] = ...) -> None: ...

class SendTestPageRequest(_message.Message):
    __slots__ = ("site_id", "test_id", "person_id")
    SITE_ID_FIELD_NUMBER: _ClassVar[int]
    TEST_ID_FIELD_NUMBER: _ClassVar[int]
    PERSON_ID_FIELD_NUMBER: _ClassVar[int]
    site_id: str
    test_id: str
    person_id: str
    def __init__(self, site_id: _Optional[str] = ..., test_id: _Optional[str] = ..., person_id: _Optional[str] = ...) -> None: ...

class SendTestPageResponse(_message.Message):
    __slots__ = ("alert_id",)
    ALERT_ID_FIELD_NUMBER: _ClassVar[int]
    alert_id: str
    def __init__(self, alert_id: _Optional[str] = ...) -> None: ...

class ResendDeliveryResponse(_message.Message):
    __slots__ = ("delivery",)
    DELIVERY_FIELD_NUMBER: _ClassVar[int]
    delivery: Delivery
    def __init__(self, delivery: _Optional[_Union[Delivery, _Mapping]] = ...) -> None: ...
