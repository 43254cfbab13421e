"""The language of compositions: `.wac` texts and the packages that they name → compositions."""

from witgen.wac.api import wac_composition
from witgen.wac.packages import Dependency

__all__ = ["Dependency", "wac_composition"]
