"""The leaderboard: Rapport, its sources and other people's methods on the same windows, customers and catalogue."""
