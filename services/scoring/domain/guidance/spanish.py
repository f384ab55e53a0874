"""The words in Spanish. Every idea is put as a possibility."""

from types import MappingProxyType

from services.scoring.domain.guidance.circumstances import Barrier, Homework, Phase, RuptureType, Style
from services.scoring.domain.guidance.wording import Words
from services.scoring.domain.instruments import Facet

SPANISH = Words(
    heading="Ideas, no instrucciones",
    phases=MappingProxyType(
        {
            Phase.TAKING_UP: "al retomarlo",
            Phase.LATER: "en sesiones posteriores",
        }
    ),
    strategies=MappingProxyType(
        {
            "reflect-feelings": (
                "Puede ayudar escuchar el sentimiento que hay detrás de las palabras, devolverlo y preguntar si lo "
                "ha entendido bien."
            ),
            "summarise": (
                "Podría resumir cómo lo ve el cliente, con sus palabras, antes de añadir nada, y preguntar qué falta."
            ),
            "validate": (
                "Puede ayudar decir que la reacción del cliente se entiende desde donde está, antes de buscar qué "
                "cambiar."
            ),
            "explore": "Podría invitar al cliente a contar cómo vivió la última sesión y agradecerle lo que diga.",
            "name-tentatively": (
                "Podría preguntarse en voz alta si algo se ha interpuesto entre ustedes y dejar abierto si el "
                "cliente lo ve así."
            ),
            "own-part": "Puede ayudar reconocer lo que quizá puso de su parte, sin justificarlo.",
            "respect-defence": "Podría decir que callar, o plantarse, quizá fue lo más seguro en aquel momento.",
            "say-how-it-felt": (
                "Hay terapeutas que cuentan brevemente cómo vivieron el momento, en la medida en que le sirva al "
                "cliente."
            ),
            "stay-with-complaint": (
                "Puede ayudar quedarse con la queja y escucharla entera, como información, antes de responder."
            ),
            "open-the-quiet": (
                "Si el cliente se ha quedado callado o asiente a todo, podría preguntar con delicadeza qué queda "
                "por decir, sin que haya que decirlo enseguida."
            ),
            "pause-to-check": (
                "Una posibilidad es hacer una pausa a mitad de la sesión y preguntar si sigue usted al cliente."
            ),
            "clear-misunderstanding": (
                "Si hubo un malentendido, puede ayudar aclararlo con sencillez: qué se quiso decir y qué se entendió."
            ),
            "client-sets-pace": (
                "Podría dejar que el cliente marque el ritmo: de qué hablar hoy, hasta dónde y cuándo parar."
            ),
            "confidentiality": (
                "Puede ayudar repasar la confidencialidad: qué queda entre ustedes, qué no y quién ve estas "
                "valoraciones."
            ),
            "boundaries": (
                "Una posibilidad es aclarar de nuevo las expectativas y los límites: qué puede ofrecer la terapia, "
                "los horarios, el contacto entre sesiones y qué puede pedir cada uno."
            ),
            "welcome-criticism": (
                "Podría decir que aquí no hay respuestas equivocadas y que las críticas son bienvenidas."
            ),
            "earlier-hurt": (
                "Podría preguntar, solo hasta donde el cliente quiera, si algo de aquí se parece a otra vez en que "
                "le hicieron daño."
            ),
            "agree-a-stop": (
                "Una posibilidad es acordar una señal con la que el cliente pueda ir más despacio o parar en "
                "cualquier momento."
            ),
            "small-agreements": (
                "La confianza puede volver con pequeños acuerdos que se cumplen; una posibilidad es hacer uno para "
                "la próxima sesión."
            ),
            "ask-goals": (
                "Podría mirar con el cliente los objetivos acordados al inicio y preguntar cuáles siguen siendo "
                "suyos y en qué orden."
            ),
            "renegotiate-goals": (
                "Una posibilidad es volver a acordar los objetivos y dejar constancia de lo que se acuerde ahora."
            ),
            "rationale": "Puede ayudar explicar otra vez el porqué de lo que hacen juntos y preguntar qué le parece.",
            "ask-preferences": (
                "Podría preguntar qué preferiría hacer el cliente, empezando por las preferencias que se anotaron "
                "al inicio."
            ),
            "change-task": "Una posibilidad es cambiar la tarea u ofrecer dos o tres para que el cliente elija.",
            "decide-together": "Podrían decidir juntos qué viene después y cómo hacerlo, y acordar cuándo revisarlo.",
            "return-to-task": (
                "Cuando el cliente sienta que ya se ha hablado, quizá baste con volver al trabajo que iba bien."
            ),
            "ask-what-got-in-the-way": (
                "Puede ayudar preguntar, con interés y sin reproche, qué se interpuso en lo que habían planeado "
                "entre sesiones."
            ),
            "lighter-homework": (
                "Una posibilidad es hacer más pequeño lo que se pide entre sesiones, o planearlo juntos para que "
                "quepa en la semana del cliente."
            ),
            "transparency": (
                "Podría decir abiertamente qué tiene pensado para las próximas sesiones y por qué, y de qué no está "
                "seguro."
            ),
            "invite-feedback": (
                "Puede ayudar preguntar al final de la sesión qué sirvió y qué no, y volver a la respuesta la "
                "próxima vez."
            ),
            "plain-question": (
                "Con alguien a quien le gusta hablar claro, quizá lo más fácil sea una pregunta clara: ¿qué tendría "
                "que ser distinto?"
            ),
            "other-ways-to-say": (
                "Podría ofrecer otras maneras de decir algo difícil: un número de 0 a 10, una nota o un ejemplo de "
                "lo que a otros les ha costado."
            ),
            "ask-about-culture": (
                "Podría preguntar qué significan el problema, y pedir ayuda para él, allí donde el cliente se "
                "siente en casa, y qué se le puede haber escapado a usted."
            ),
            "adapt-to-culture": (
                "Una posibilidad es adaptar la forma de trabajar a lo que le resulte propio al cliente: ejemplos, "
                "trato, a quién incluir."
            ),
            "make-words-easy": (
                "Puede ayudar usar frases cortas, comprobar qué significa cada palabra para cada uno o trabajar con "
                "un intérprete."
            ),
            "communication-differences": (
                "Podrían hablar de cómo da a entender cada uno que algo va mal y acordar una manera que les sirva a "
                "ambos."
            ),
            "practical-hurdles": (
                "Puede ayudar preguntar qué hace difícil venir o participar (tiempo, viaje, dinero, un sitio "
                "tranquilo) y buscar un cambio."
            ),
            "wider-patterns": (
                "Cuando ya se haya hablado, podrían preguntarse juntos si momentos como este ocurren en otros "
                "lugares de la vida del cliente."
            ),
            "supervision": "Podría llevarlo a supervisión: qué pasó, qué le movió a usted y qué le gustaría probar.",
            "own-strain": (
                "Puede ayudar mirar su propia carga: cómo de llena está la semana y qué le pide este trabajo."
            ),
        }
    ),
    reasons=MappingProxyType(
        {
            Facet.TRUST: "la confianza es lo que más bajó",
            Facet.RESPECT: "el respeto es lo que más bajó",
            Facet.BEING_HEARD: "sentirse escuchado es lo que más bajó",
            Facet.EMPATHY: "la empatía es lo que más bajó",
            Facet.GOALS: "los objetivos son lo que más bajó",
            Facet.TASKS: "las tareas son lo que más bajó",
            Facet.GENUINENESS: "la autenticidad es lo que más bajó",
            Facet.PACE_SAFETY: "el ritmo y la seguridad son lo que más bajó",
            Facet.EXPECTATIONS: "las expectativas son lo que más bajó",
            RuptureType.WITHDRAWAL: "un clínico observó retraimiento",
            RuptureType.CONFRONTATION: "un clínico observó confrontación",
            Barrier.LANGUAGE: "al inicio se anotó el idioma como barrera",
            Barrier.CULTURE: "al inicio se anotó la cultura como barrera",
            Barrier.FEAR_OF_JUDGEMENT: "al inicio se anotó miedo a ser juzgado",
            Barrier.PAST_HARM: "al inicio se anotó un daño anterior",
            Barrier.PRACTICAL: "al inicio se anotaron barreras prácticas",
            Homework.NOT_DONE: "no se hizo lo acordado entre sesiones",
            Style.DIRECT: "al inicio se anotó una manera directa de hablar",
            Style.INDIRECT: "al inicio se anotó una manera indirecta de hablar",
        }
    ),
    because="Porque",
    and_="y",
    general="Porque encaja en la mayoría de las rupturas, sea lo que sea lo que bajó.",
)
