"""What is true of participants and those around them: one file per question."""
