"""What a change of the set-up does to the schedule: one file per noun."""
