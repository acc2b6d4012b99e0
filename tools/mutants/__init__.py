"""Small wrong versions of the source, one at a time, and the tests that should see each: ``make mutants``."""
