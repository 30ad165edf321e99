"""What is typed while setting up: one file per noun."""
