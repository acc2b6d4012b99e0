"""The points that all programs are asked for, with nothing imported but the standard library."""

SM_OBSERVABLES = (
    ("BR(B+->Knunu)", None),
    ("BR(B0->K*nunu)", None),
    ("<dBR/dq2>(B+->Ktautau)", (15.0, 22.0)),
    ("<dBR/dq2>(B0->K*tautau)", (15.0, 19.0)),
    ("Rtaul(B->Dlnu)", None),
    ("Rtaul(B->D*lnu)", None),
    ("BR(Bs->tautau)", None),
)
"""flavio's names, with the bin in GeV²."""

WET_POINT = {
    "C9_bstautau": 20.0,
    "C10_bstautau": -20.0,
    "CL_bsnutaunutau": 3.0,
    "CR_bsnutaunutau": 2.0,
    "CVL_bctaunutau": 0.05,
    "CSR_bctaunutau": 0.1,
}
"""New physics at 4.8 GeV in the flavio basis."""

SMEFT_SCALE = 4700.0
C3 = -0.045e-6
"""lq3_3323 in GeV⁻² at SMEFT_SCALE; lq1_3323 is κ times it."""

KAPPAS = (0.0, 1.0, 3.0)
SMEFT_COEFFICIENTS = ("C9_bstautau", "CL_bsnutaunutau", "CVL_bctaunutau")
SMEFT_OBSERVABLES = ("BR(B+->Ktautau)", "BR(B+->Knunu)", "Rtaul(B->Dlnu)")
