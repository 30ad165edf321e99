"""What happens to accounts and to the people who work here: one file per noun."""
