"""What there is to see of the schedule: one file per noun."""
