"""The language of compositions: `.wac` texts and the packages that they name → compositions."""
