"""A second, independent evaluation of what an alert says, from the raw text of the log alone: check_words.py."""
