"""The simulated clinics: where they are and which door of Attune they use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from zoneinfo import ZoneInfo

from services.dev.simulator import CHECKIN, SRS, Preset


class DoorKind(StrEnum):
    """How a clinic talks to Attune."""

    KAFKA_JSON = "kafka-json"  # confluent-kafka, CloudEvents as JSON
    KAFKA_PROTOBUF = "kafka-protobuf"  # kafka-python, CloudEvents in binary mode with protobuf
    GRPC = "grpc"  # IntakeService and FeedbackService


@dataclass(frozen=True, slots=True)
class Profile:
    """One clinic. `presets` are the instruments that its clients answer, in turn."""

    site: str
    zone: ZoneInfo
    door: DoorKind
    presets: tuple[Preset, ...]


_ALL = (
    Profile("harbour", ZoneInfo("Europe/Lisbon"), DoorKind.KAFKA_JSON, (CHECKIN,)),
    Profile("maple", ZoneInfo("America/Toronto"), DoorKind.KAFKA_PROTOBUF, (CHECKIN, SRS)),
    Profile("banyan", ZoneInfo("Asia/Singapore"), DoorKind.GRPC, (CHECKIN,)),
)
CLINICS: Mapping[str, Profile] = MappingProxyType({profile.site: profile for profile in _ALL})
