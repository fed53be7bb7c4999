"""The probabilities of Theorems 4.1 and 4.2, as numbers.

Reconstructed, with ζ₀ = 2√β, β + 1 matrices, N points in d dimensions, width ℓ:

    4.1        1 − N² exp(−c d η²/(16 ζ₀⁴ (β + 2)⁴))
    corollary  1 − N² exp(−c d η²/(64 ζ₀⁴ (β + 2)⁴) + 8 d ζ₀² r/η)     for r > η/(4 ζ₀²)
    4.2, 1     1 − β exp(−c₁ κ² ℓ²) − N² exp(−c ℓ² β (η − 4)²/(64 ζ₀⁴ (β + 2)⁴))
    4.2, 2     1 − β exp(−c₁ κ² ℓ²) − N² exp(−c (ℓ d + ℓ² β) η²/(64 ζ₀⁴ (β + 2)⁴))

The constant c is not given. In the concentration on a sphere it cannot be above ½ (a linear
function has variance ρ²/d), so ½ is taken, in the theorems' favour.
"""

import math

CONSTANT = 0.5


def trivial(depth: int) -> float:
    """4(β + 1): no inner product can be larger where every matrix has norm at most 1.

    Then |ζ| ≤ 2 and every layer's gradient is at most 1. At usual initialisations it can.
    """
    return 4.0 * (depth + 1)


def smallest_promised(terms: int, dimension: float, depth: int, *, factor: float = 16.0) -> float:
    """The smallest η at which N² exp(−c d η²/(factor ζ₀⁴ (β + 2)⁴)) ≤ ½."""
    scale = factor * (2 * math.sqrt(depth)) ** 4 * (depth + 2) ** 4
    return math.sqrt(scale * math.log(2 * terms**2) / (CONSTANT * dimension))


def violation(
    terms: int, dimension: float, depth: int, eta: float, *, factor: float = 16.0
) -> float:
    """What a theorem allows for the probability of an inner product below −η, at most 1."""
    scale = factor * (2 * math.sqrt(depth)) ** 4 * (depth + 2) ** 4
    exponent = 2 * math.log(terms) - CONSTANT * dimension * eta**2 / scale
    return math.exp(min(exponent, 0.0))


def corollary_exponent(depth: int) -> float:
    """The least of the corollary's exponent over d, for η at its trivial value and r = η/(4 ζ₀²).

    −c η²/(64 ζ₀⁴ (β + 2)⁴) + 8 ζ₀² r/η = 2 − c η²/(64 ζ₀⁴ (β + 2)⁴): where this is positive, the
    exponent grows with d and the probability is never above 0, whatever d and N are.
    """
    zeta = 2 * math.sqrt(depth)
    return 2 - CONSTANT * trivial(depth) ** 2 / (64 * zeta**4 * (depth + 2) ** 4)
