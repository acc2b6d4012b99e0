"""Models: mediators with their couplings, sums of them, and the letter's two-field models.

May import ``common``, ``eft`` and ``inputs``. Start at :mod:`nutau.models.mediator`.
"""

from nutau.models.catalogue import MEDIATORS as MEDIATORS
from nutau.models.catalogue import mediator as mediator
from nutau.models.colourless import VB as VB
from nutau.models.colourless import Zp as Zp
from nutau.models.colourless import phi2 as phi2
from nutau.models.leptoquarks import R2 as R2
from nutau.models.leptoquarks import S1 as S1
from nutau.models.leptoquarks import S3 as S3
from nutau.models.leptoquarks import U1 as U1
from nutau.models.leptoquarks import U3 as U3
from nutau.models.leptoquarks import V2 as V2
from nutau.models.leptoquarks import R2t as R2t
from nutau.models.leptoquarks import S1t as S1t
from nutau.models.leptoquarks import U1t as U1t
from nutau.models.leptoquarks import V2t as V2t
from nutau.models.mediator import Mediator as Mediator
from nutau.models.model import Model as Model
from nutau.models.two_field import X as X
from nutau.models.two_field import two_field_couplings as two_field_couplings
