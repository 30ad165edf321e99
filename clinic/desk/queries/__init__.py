"""What the pages show that show everything: one file per page."""
