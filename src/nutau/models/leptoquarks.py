r"""The leptoquarks with renormalisable couplings to SM quarks and leptons, scalars and vectors.

Couplings as in :cite:`Dorsner:2016wpm`, a ``t`` for a tilde; the first index is the quark's and the second
the lepton's, except in ``y2LR`` (lepton, quark). :math:`\bar\psi^c = \psi^T C`, :math:`\epsilon^{12}=+1`.
Diquark couplings are left out, so baryon number is conserved. ``boxes`` and ``dipoles`` of the
scalars are those of :mod:`nutau.models.boxes` and :mod:`nutau.models.dipoles`; those of a vector are finite only in a
completion of the model.
"""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

from nutau.models.arguments import Coupling
from nutau.models.mediator import Mediator


class _Term(NamedTuple):
    """A term of a Lagrangian: a coupling as in :class:`Coupling`, and its operator in text and in LaTeX."""

    coupling: str
    rows: str
    columns: str
    symbol: str
    operator: str
    latex: str
    sign: str = ""


def _leptoquark(
    name: str,
    latex: str,
    numbers: tuple[int, str, str, str],
    *terms: _Term,
    match: tuple[str, ...],
    boxes: tuple[str, ...] = (),
    dipoles: tuple[str, ...] = (),
    aliases: tuple[str, ...] = (),
) -> Mediator:
    """A mediator of spin, SU(3), SU(2) and hypercharge ``numbers``, in the conventions of one paper."""
    spin, colour, weak, hypercharge = numbers
    in_text = [f"{term.sign}{term.coupling}_ij {term.operator}" for term in terms]
    in_latex = [rf"{term.sign}({term.symbol})_{{ij}}\,{term.latex}" for term in terms]
    return Mediator(
        name,
        aliases,
        latex,
        spin,
        colour,
        weak,
        Fraction(hypercharge),
        couplings=tuple(Coupling(term.coupling, term.rows, term.columns, term.symbol) for term in terms),
        lagrangian=" + ".join([*in_text, "h.c."]),
        lagrangian_latex=" + ".join([*in_latex, r"\mathrm{h.c.}"]),
        match=match,
        boxes=boxes,
        dipoles=dipoles,
        references=(
            "Dorsner:2016wpm",
            "deBlas:2017xtg",
            *(("arXiv:2109.13600", "arXiv:hep-ph/0302221") if boxes else ()),
        ),
    )


S1 = _leptoquark(
    "S1", "S_1", (0, "3̄", "1", "1/3"),
    _Term("y1LL", "Q", "L", "y_1^{LL}", "Q̄ᶜ_i^a S1 ε^ab L_j^b", r"\bar Q^{c\,a}_i S_1 \epsilon^{ab} L^b_j"),
    _Term("y1RR", "u", "e", "y_1^{RR}", "ūᶜ_i S1 e_j", r"\bar u^c_i S_1 e_j"),
    match=("lq1 = 1/4 y1LL*_ki y1LL_lj", "lq3 = -1/4 y1LL*_ki y1LL_lj", "eu = 1/2 y1RR*_ki y1RR_lj",
           "lequ1 = 1/2 y1RR_lj y1LL*_ki", "lequ3 = -1/8 y1RR_lj y1LL*_ki"),
    boxes=("qq1 = -1/2 y1LL*_im y1LL_lm y1LL*_kn y1LL_jn", "qq3 = -1/2 y1LL*_im y1LL_lm y1LL*_kn y1LL_jn",
           "uu = -1 y1RR*_im y1RR_lm y1RR*_kn y1RR_jn", "qu1 = -2/3 y1LL*_im y1LL_jm y1RR*_kn y1RR_ln",
           "qu8 = -4 y1LL*_im y1LL_jm y1RR*_kn y1RR_ln"),
    dipoles=("dB = -1/18 g1 y1LL*_im y1LL_km Yd_kj", "dW = -1/24 g2 y1LL*_im y1LL_km Yd_kj",
             "dG = 1/24 g3 y1LL*_im y1LL_km Yd_kj",
             "eW = -1/8 g2 y1LL*_mi y1LL_mk Ye_kj", "eB = 1/8 g1 Ye_ik y1RR*_mk y1RR_mj",
             "eB = -19/16 g1 y1LL*_mi Yu*_mn y1RR_nj", "eW = 9/16 g2 y1LL*_mi Yu*_mn y1RR_nj"),
)  # fmt: skip

S3 = _leptoquark(
    "S3", "S_3", (0, "3̄", "3", "1/3"),
    _Term("y3LL", "Q", "L", "y_3^{LL}", "Q̄ᶜ_i^a ε^ab (τ^k S3^k)^bc L_j^c",
          r"\bar Q^{c\,a}_i \epsilon^{ab} (\tau^k S_3^k)^{bc} L^c_j"),
    match=("lq1 = 3/4 y3LL*_ki y3LL_lj", "lq3 = 1/4 y3LL*_ki y3LL_lj"),
    boxes=("qq1 = -9/2 y3LL*_im y3LL_lm y3LL*_kn y3LL_jn", "qq3 = -1/2 y3LL*_im y3LL_lm y3LL*_kn y3LL_jn"),
    dipoles=("dB = -1/6 g1 y3LL*_im y3LL_km Yd_kj", "dW = 1/8 g2 y3LL*_im y3LL_km Yd_kj",
             "dG = 1/8 g3 y3LL*_im y3LL_km Yd_kj", "eW = 3/8 g2 y3LL*_mi y3LL_mk Ye_kj"),
)  # fmt: skip

S1t = _leptoquark(
    "S1~", r"\tilde S_1", (0, "3̄", "1", "4/3"),
    _Term("y1tRR", "d", "e", r"\tilde y_1^{RR}", "d̄ᶜ_i S1~ e_j", r"\bar d^c_i \tilde S_1 e_j"),
    match=("ed = 1/2 y1tRR*_ki y1tRR_lj",),
    boxes=("dd = -1 y1tRR*_im y1tRR_lm y1tRR*_kn y1tRR_jn",),
    dipoles=("dB = -5/36 g1 Yd_ik y1tRR*_km y1tRR_jm", "dG = 1/24 g3 Yd_ik y1tRR*_km y1tRR_jm",
             "eB = -1/4 g1 Ye_ik y1tRR*_mk y1tRR_mj"),
    aliases=("S1t", "S1tilde"),
)  # fmt: skip

R2 = _leptoquark(
    "R2", "R_2", (0, "3", "2", "7/6"),
    _Term("y2RL", "u", "L", "y_2^{RL}", "ū_i R2^a ε^ab L_j^b", r"\bar u_i R_2^a \epsilon^{ab} L^b_j", "-"),
    _Term("y2LR", "e", "Q", "y_2^{LR}", "ē_i R2^a* Q_j^a", r"\bar e_i R_2^{a*} Q^a_j"),
    match=("lu = -1/2 y2RL*_li y2RL_kj", "qe = -1/2 y2LR*_li y2LR_kj",
           "lequ1 = -1/2 y2RL*_li y2LR*_jk", "lequ3 = -1/8 y2RL*_li y2LR*_jk"),
    boxes=("uu = -2 y2RL_im y2RL*_lm y2RL_kn y2RL*_jn", "qq1 = -1 y2LR*_mi y2LR_ml y2LR*_nk y2LR_nj",
           "qu1 = -2/3 y2LR*_mi y2LR_mj y2RL_kn y2RL*_ln", "qu8 = -4 y2LR*_mi y2LR_mj y2RL_kn y2RL*_ln"),
    dipoles=("dB = 19/144 g1 y2LR*_mi y2LR_mk Yd_kj", "dW = 1/48 g2 y2LR*_mi y2LR_mk Yd_kj",
             "dG = 1/24 g3 y2LR*_mi y2LR_mk Yd_kj",
             "eB = -5/16 g1 y2RL*_mi y2RL_mk Ye_kj", "eW = 1/16 g2 y2RL*_mi y2RL_mk Ye_kj",
             "eB = -3/8 g1 Ye_ik y2LR_km y2LR*_jm",
             "eB = -1/16 g1 y2RL*_ni y2LR*_jm Yu*_mn", "eW = 3/16 g2 y2RL*_ni y2LR*_jm Yu*_mn"),
)  # fmt: skip

R2t = _leptoquark(
    "R2~", r"\tilde R_2", (0, "3", "2", "1/6"),
    _Term("y2tRL", "d", "L", r"\tilde y_2^{RL}", "d̄_i R2~^a ε^ab L_j^b",
          r"\bar d_i \tilde R_2^a \epsilon^{ab} L^b_j", "-"),
    match=("ld = -1/2 y2tRL*_li y2tRL_kj",),
    boxes=("dd = -2 y2tRL_im y2tRL*_lm y2tRL_kn y2tRL*_jn",),
    dipoles=("dB = 7/72 g1 Yd_ik y2tRL_km y2tRL*_jm", "dG = 1/12 g3 Yd_ik y2tRL_km y2tRL*_jm",
             "eB = 1/16 g1 y2tRL*_mi y2tRL_mk Ye_kj", "eW = 1/16 g2 y2tRL*_mi y2tRL_mk Ye_kj"),
    aliases=("R2t", "R2tilde"),
)  # fmt: skip

U1 = _leptoquark(
    "U1", "U_1", (1, "3", "1", "2/3"),
    _Term("x1LL", "Q", "L", "x_1^{LL}", "Q̄_i γ^μ U1_μ L_j", r"\bar Q_i \gamma^\mu U_{1\mu} L_j"),
    _Term("x1RR", "d", "e", "x_1^{RR}", "d̄_i γ^μ U1_μ e_j", r"\bar d_i \gamma^\mu U_{1\mu} e_j"),
    match=("lq1 = -1/2 x1LL_kj x1LL*_li", "lq3 = -1/2 x1LL_kj x1LL*_li",
           "ed = -1 x1RR_kj x1RR*_li", "ledq = 2 x1LL*_li x1RR_kj"),
)  # fmt: skip

U3 = _leptoquark(
    "U3", "U_3", (1, "3", "3", "2/3"),
    _Term("x3LL", "Q", "L", "x_3^{LL}", "Q̄_i γ^μ τ^k U3^k_μ L_j", r"\bar Q_i \gamma^\mu \tau^k U^k_{3\mu} L_j"),
    match=("lq1 = -3/2 x3LL_kj x3LL*_li", "lq3 = 1/2 x3LL_kj x3LL*_li"),
)  # fmt: skip

U1t = _leptoquark(
    "U1~", r"\tilde U_1", (1, "3", "1", "5/3"),
    _Term("x1tRR", "u", "e", r"\tilde x_1^{RR}", "ū_i γ^μ U1~_μ e_j", r"\bar u_i \gamma^\mu \tilde U_{1\mu} e_j"),
    match=("eu = -1 x1tRR_kj x1tRR*_li",),
    aliases=("U1t", "U1tilde"),
)  # fmt: skip

V2 = _leptoquark(
    "V2", "V_2", (1, "3̄", "2", "5/6"),
    _Term("x2RL", "d", "L", "x_2^{RL}", "d̄ᶜ_i γ^μ V2^a_μ ε^ab L_j^b",
          r"\bar d^c_i \gamma^\mu V^a_{2\mu} \epsilon^{ab} L^b_j"),
    _Term("x2LR", "Q", "e", "x_2^{LR}", "Q̄ᶜ_i^a γ^μ ε^ab V2^b_μ e_j",
          r"\bar Q^{c\,a}_i \gamma^\mu \epsilon^{ab} V^b_{2\mu} e_j"),
    match=("ld = 1 x2RL*_ki x2RL_lj", "qe = 1 x2LR*_ik x2LR_jl", "ledq = -2 x2RL*_ki x2LR_lj"),
)  # fmt: skip

V2t = _leptoquark(
    "V2~", r"\tilde V_2", (1, "3̄", "2", "-1/6"),
    _Term("x2tRL", "u", "L", r"\tilde x_2^{RL}", "ūᶜ_i γ^μ V2~^a_μ ε^ab L_j^b",
          r"\bar u^c_i \gamma^\mu \tilde V^a_{2\mu} \epsilon^{ab} L^b_j"),
    match=("lu = 1 x2tRL*_ki x2tRL_lj",),
    aliases=("V2t", "V2tilde"),
)  # fmt: skip
