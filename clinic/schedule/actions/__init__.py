"""What happens to the schedule: one file per noun."""
