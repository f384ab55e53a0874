"""python -m services.feedback"""

from services.feedback.settings import FeedbackSettings
from services.feedback.wiring import build
from services.runtime.lifecycle import main

if __name__ == "__main__":
    main(build, FeedbackSettings)
