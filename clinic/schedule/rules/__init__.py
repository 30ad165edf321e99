"""What holds of days, times and seats of the schedule: one file per noun. Values in, answer out."""
