"""Three simulated clinics that publish as outsiders do, each with its own client library, door and time zone."""
