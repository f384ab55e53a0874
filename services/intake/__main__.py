"""``python -m services.intake``."""

from services.intake.settings import IntakeSettings
from services.intake.wiring import build
from services.runtime.lifecycle import main

if __name__ == "__main__":
    main(build, IntakeSettings)
