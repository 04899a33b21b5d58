"""The leaderboard: every system of the zoo on one corpus, trained where that is missing, measured side by side, with its cost."""
