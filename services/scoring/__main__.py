"""``python -m services.scoring``."""

from services.runtime.lifecycle import main
from services.scoring.settings import ScoringSettings
from services.scoring.wiring import build

if __name__ == "__main__":
    main(build, ScoringSettings)
