"""Settings of a service that needs the database but no broker."""

from services.dev.environment import Keys, service_environment
from services.runtime.settings import Settings

# The discard port: nothing listens there, so a test that would need Kafka after all fails at once.
NO_BROKER = "127.0.0.1:9"


def settings_on(mongo_uri: str, prefix: str, keys: Keys, **extra: str) -> Settings:
    """Settings of intake on this database."""
    environment = service_environment(
        "intake", bootstrap=NO_BROKER, mongo_uri=mongo_uri, keys=keys, database_prefix=prefix, extra=extra
    )
    return Settings.load(environment)
