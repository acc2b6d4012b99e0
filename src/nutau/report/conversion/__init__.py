"""Measurements of other programs (flavio, EOS) as data files of nutau."""

from __future__ import annotations

from nutau.report.conversion.convert import convert as convert
from nutau.report.conversion.record import Conversion as Conversion
from nutau.report.conversion.record import Left as Left
