"""What happens to participants and those around them: one file per noun."""
