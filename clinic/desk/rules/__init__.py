"""What follows for the pages that show everything: one file per noun."""
