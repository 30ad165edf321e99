"""The demonstration clinic and its people: made up, and the same for the same day."""

from clinic.demo.rules.whole import PASSWORD as PASSWORD
