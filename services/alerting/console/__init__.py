"""The console behind its pages: accounts, sessions, and what is shown of alerts and clients. Knows no HTTP."""
