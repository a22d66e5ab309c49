"""Who may do what here: users, workspaces, sessions, sign-in limits, connections and API keys. Knows no screen."""
