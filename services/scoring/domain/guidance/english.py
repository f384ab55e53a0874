"""The words in English. Every idea is put as a possibility."""

from types import MappingProxyType

from services.scoring.domain.guidance.circumstances import Barrier, Homework, Phase, RuptureType, Style
from services.scoring.domain.guidance.wording import Words
from services.scoring.domain.instruments import Facet

ENGLISH = Words(
    heading="Ideas, not instructions",
    phases=MappingProxyType(
        {
            Phase.TAKING_UP: "when you take it up",
            Phase.LATER: "in later sessions",
        }
    ),
    strategies=MappingProxyType(
        {
            "reflect-feelings": (
                "It can help to listen for the feeling behind the words, to say it back, and to ask whether you "
                "have understood."
            ),
            "summarise": (
                "You might sum up how the client sees it, in their words, before you add anything, and ask what is "
                "missing."
            ),
            "validate": (
                "It can help to say that the client's reaction makes sense, seen from where they are, before "
                "looking for what to change."
            ),
            "explore": (
                "You might invite the client to say what the last session was like for them, and thank them for "
                "whatever comes."
            ),
            "name-tentatively": (
                "You might wonder aloud, as a question, whether something has come between you, and leave it open "
                "whether the client sees it so."
            ),
            "own-part": "It can help to say what you may have contributed yourself, without explaining it away.",
            "respect-defence": (
                "You might say that holding back, or pushing back, may have been the safest thing to do at that moment."
            ),
            "say-how-it-felt": (
                "Some therapists say briefly how the moment was for them, as far as it serves the client."
            ),
            "stay-with-complaint": (
                "It can help to stay with the complaint and to hear all of it, as information, before answering it."
            ),
            "open-the-quiet": (
                "If the client has become quiet or agrees with everything, you might ask gently what is left "
                "unsaid, and leave time for it."
            ),
            "pause-to-check": (
                "One possibility is to pause halfway through a session and ask whether you are still following the "
                "client."
            ),
            "clear-misunderstanding": (
                "If something was misunderstood, it can help to clear it up plainly: what was meant, and what was "
                "heard."
            ),
            "client-sets-pace": (
                "You might let the client set the pace: what to speak about today, how far, and when to stop."
            ),
            "confidentiality": (
                "It can help to go over confidentiality again: what stays in the room, what does not, and who sees "
                "these ratings."
            ),
            "boundaries": (
                "One possibility is to make expectations and boundaries plain again: what the therapy can offer, "
                "its times, contact in between, and what each may ask of the other."
            ),
            "welcome-criticism": (
                "You might say that there are no wrong answers here, and that critical ones are welcome."
            ),
            "earlier-hurt": (
                "You might ask, only as far as the client wishes, whether something here is like an earlier time "
                "when they were hurt."
            ),
            "agree-a-stop": (
                "One possibility is to agree on a sign with which the client can slow down or stop at any time."
            ),
            "small-agreements": (
                "Confidence can come back through small agreements that are kept; one possibility is to make one "
                "for the next session."
            ),
            "ask-goals": (
                "You might look at the goals agreed at intake together, and ask which of them are still the "
                "client's own, and in which order."
            ),
            "renegotiate-goals": (
                "One possibility is to agree on the goals anew, and to record what is agreed now at intake."
            ),
            "rationale": "It can help to give the reason for what you do together once more, and to ask how it sounds.",
            "ask-preferences": (
                "You might ask what the client would rather do, beginning with the preferences recorded at intake."
            ),
            "change-task": (
                "One possibility is to change the task, or to offer two or three from which the client can choose."
            ),
            "decide-together": (
                "You might decide together what comes next and how it will be done, and agree on when to look back "
                "at it."
            ),
            "return-to-task": (
                "Once the client feels that it has been talked through, it may be enough to return to the work that "
                "was going well."
            ),
            "ask-what-got-in-the-way": (
                "It can help to ask, with interest and without reproach, what got in the way of what was planned "
                "between the sessions."
            ),
            "lighter-homework": (
                "One possibility is to make what is asked for between sessions smaller, or to plan it together so "
                "that it fits the client's week."
            ),
            "transparency": (
                "You might say openly what you have in mind for the next sessions and why, and what you are not "
                "sure of."
            ),
            "invite-feedback": (
                "It can help to ask at the end of a session what was useful and what was not, and to come back to "
                "the answer the next time."
            ),
            "plain-question": (
                "With someone who likes to speak plainly, a plain question may be the easiest: what would the "
                "client like to be different?"
            ),
            "other-ways-to-say": (
                "You might offer other ways to say something difficult: a number from 0 to 10, a note, or an "
                "example of what others have found hard."
            ),
            "ask-about-culture": (
                "You might ask what the problem, and getting help for it, mean where the client is at home, and "
                "what you may have missed of it."
            ),
            "adapt-to-culture": (
                "One possibility is to adapt the way of working to what is fitting for the client: examples, form "
                "of address, whom to involve."
            ),
            "make-words-easy": (
                "It can help to use short sentences, to check what words mean to each of you, or to work with an "
                "interpreter."
            ),
            "communication-differences": (
                "You might talk about how each of you lets it be known that something is wrong, and agree on a way "
                "that suits both."
            ),
            "practical-hurdles": (
                "It can help to ask what makes it hard to come or to take part (time, travel, money, a quiet "
                "place), and to look for one change."
            ),
            "wider-patterns": (
                "Once it has been talked through, you might wonder together whether moments like this happen "
                "elsewhere in the client's life."
            ),
            "supervision": (
                "You might bring it to supervision: what happened, what it stirred in you, and what you would like "
                "to try."
            ),
            "own-strain": (
                "It can help to look at your own strain: how full the week is, and what this work asks of you."
            ),
        }
    ),
    reasons=MappingProxyType(
        {
            Facet.TRUST: "trust fell most",
            Facet.RESPECT: "respect fell most",
            Facet.BEING_HEARD: "being heard fell most",
            Facet.EMPATHY: "empathy fell most",
            Facet.GOALS: "goals fell most",
            Facet.TASKS: "tasks fell most",
            Facet.GENUINENESS: "genuineness fell most",
            Facet.PACE_SAFETY: "pace and safety fell most",
            Facet.EXPECTATIONS: "expectations fell most",
            RuptureType.WITHDRAWAL: "a clinician saw withdrawal",
            RuptureType.CONFRONTATION: "a clinician saw confrontation",
            Barrier.LANGUAGE: "intake noted language as a barrier",
            Barrier.CULTURE: "intake noted culture as a barrier",
            Barrier.FEAR_OF_JUDGEMENT: "intake noted fear of judgement",
            Barrier.PAST_HARM: "intake noted past harm",
            Barrier.PRACTICAL: "intake noted practical barriers",
            Homework.NOT_DONE: "the homework was not done",
            Style.DIRECT: "intake noted a direct way of speaking",
            Style.INDIRECT: "intake noted an indirect way of speaking",
        }
    ),
    because="Because",
    and_="and",
    general="Because it fits most ruptures, whatever fell.",
)
