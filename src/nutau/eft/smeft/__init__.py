"""The Standard Model effective theory: the Warsaw basis, its matching to the weak theory, its running."""
