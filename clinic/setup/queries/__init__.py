"""What there is to see while setting up: one file per noun."""
