"""``python -m services.alerting``."""

from services.alerting.settings import AlertingSettings
from services.alerting.wiring import build
from services.runtime.lifecycle import main

if __name__ == "__main__":
    main(build, AlertingSettings)
