#!/usr/bin/env python3
"""Writes statistics.json: correlations and tests computed by SciPy, for tests/check_statistics.c.

    python3 golden_statistics.py [FOLDER]      (default: the folder of this script)

Needs NumPy and SciPy; the tests do not. What SciPy does not have (partial Spearman, Holm, precision among ties) is computed here from its definition.
"""
import itertools
import json
import math
import os
import sys

# The folder of a script comes first in the path, and this file has the name of a module of the standard library.
sys.path = [p for p in sys.path if os.path.abspath(p or ".") != os.path.dirname(os.path.abspath(__file__))]

import numpy as np
from scipy import stats

SIZES = [3, 4, 5, 6, 7, 8, 10, 13, 20, 33, 34, 50, 51, 80, 250]
EXACT_KENDALL = EXACT_WILCOXON = 50


def number(x):
    return None if x is None or not np.isfinite(x) else float(x)


def lists(rng, n, strength, levels):
    """Three lists that go together; `levels` > 0 leaves few different values, so that many are tied."""
    z = rng.normal(size=n)
    x = rng.normal(size=n) + 0.5 * z
    y = strength * x + rng.normal(size=n) + 0.3 * z
    columns = [x, y, z]
    if levels:
        columns = [np.round(c * levels) / levels for c in columns]
    return [[round(float(v), 4) for v in c] for c in columns]


def partial_spearman(x, y, z):
    """The correlation of what a straight line through the ranks of z leaves of the ranks of x and y."""
    if len(x) < 4 or len(set(z)) < 2:
        return None
    x, y, z = (stats.rankdata(c) for c in (x, y, z))
    rest = [c - np.polyval(np.polyfit(z, c, 1), z) for c in (x, y)]
    if min(np.abs(r).max() for r in rest) < 1e-9:
        return None
    return stats.pearsonr(*rest).statistic


def kendall_method(x, y):
    ties = len(set(x)) < len(x) or len(set(y)) < len(y)
    return "exact" if len(x) <= EXACT_KENDALL and not ties else "asymptotic"


def smallest(x, k):
    """Every way to choose the k smallest."""
    border = sorted(x)[k - 1]
    sure = [i for i, v in enumerate(x) if v < border]
    tied = [i for i, v in enumerate(x) if v == border]
    return [set(sure) | set(rest) for rest in itertools.combinations(tied, k - len(sure))]


def precision_at(x, y, k):
    ways = [(a, b) for a in smallest(x, k) for b in smallest(y, k)]
    return sum(len(a & b) for a, b in ways) / (k * len(ways))


def ways(x, k):
    border = sorted(x)[k - 1]
    return math.comb(sum(v == border for v in x), k - sum(v < border for v in x))


def correlation_case(x, y, z):
    constant = len(set(x)) < 2 or len(set(y)) < 2
    case = {"x": x, "y": y, "z": z, "precision": []}
    tau = stats.kendalltau(x, y, method=kendall_method(x, y))
    case["kendall"] = None if constant else number(tau.statistic)
    case["kendall_p"] = None if constant else number(tau.pvalue)
    case["spearman"] = None if constant else number(stats.spearmanr(x, y).statistic)
    case["pearson"] = None if constant else number(stats.pearsonr(x, y).statistic)
    case["partial_spearman"] = None if constant else number(partial_spearman(x, y, z))
    for k in sorted({1, 2, len(x) // 5, len(x) // 3, len(x)} - {0}):
        if not constant and ways(x, k) * ways(y, k) < 20000:
            case["precision"].append({"k": k, "value": precision_at(x, y, k)})
    return case


def correlation_cases(rng):
    cases = []
    for n in SIZES:
        for strength, levels in [(0.8, 0), (-2, 0), (0, 3), (1, 1)]:
            cases.append(correlation_case(*lists(rng, n, strength, levels)))
    up = list(range(12))
    cases.append(correlation_case(up, up, lists(rng, 12, 0, 0)[0]))
    cases.append(correlation_case(up, up[::-1], up))
    cases.append(correlation_case([0.1] * 8, lists(rng, 8, 0, 0)[0], up[:8]))
    cases.append(correlation_case(up, lists(rng, 12, 0, 0)[0], [3] * 12))
    return cases


def wilcoxon_case(d):
    kept = [v for v in d if v != 0]
    ties = len({abs(v) for v in kept}) < len(kept)
    exact = len(kept) <= EXACT_WILCOXON and len(kept) == len(d) and not ties
    case = {"difference": d}
    for name, alternative in [("two_sided", "two-sided"), ("greater", "greater")]:
        case[name] = None if len(kept) < 6 else number(stats.wilcoxon(
            d, zero_method="wilcox", correction=not exact, alternative=alternative, method="exact" if exact else "asymptotic").pvalue)
    return case


def wilcoxon_cases(rng):
    cases = []
    for n in [0, 1, 5, 6, 7, 9, 12, 20, 30, 49, 50, 51, 120]:
        for shift, levels in [(0.4, 0), (-0.3, 0), (0.5, 2), (0, 1)]:
            d = rng.normal(size=n) + shift
            cases.append(wilcoxon_case([round(float(v), 4) for v in (np.round(d * levels) / levels if levels else d)]))
    cases.append(wilcoxon_case([1, -1, 2, -2, 3, -3, 4, -4]))        # the statistic is its mean: p is 1
    cases.append(wilcoxon_case([0, 0, 0, 1, 2, 3, 4, 5, 6, 7]))
    return cases


def holm(p):
    order = sorted((i for i in range(len(p)) if p[i] is not None), key=lambda i: p[i])
    result, reached = [None] * len(p), 0
    for place, i in enumerate(order):
        reached = max(reached, min(1, p[i] * (len(order) - place)))
        result[i] = reached
    return result


def holm_cases(rng):
    lists_of_p = [[], [0.02], [None], [0.01, 0.04, 0.03, 0.005], [0.04, 0.04, 0.04], [0.5, None, 0.001, 0.9, None, 0.02],
                  [0, 0, 1], [round(float(p), 5) for p in rng.uniform(size=20) ** 3]]
    return [{"p": p, "corrected": holm(p)} for p in lists_of_p]


def bootstrap(data, statistic, **options):
    """The percentile interval; resamples without a value (a list that is constant in them) are left out."""
    result = stats.bootstrap(data, statistic, n_resamples=20000, method="percentile", vectorized=False, rng=np.random.default_rng(1), **options)
    low, high = np.nanpercentile(np.array(result.bootstrap_distribution, dtype=float), [2.5, 97.5])
    return {"low": float(low), "high": float(high)}


def interval_cases(rng):
    functions = {"pearson": stats.pearsonr, "spearman": stats.spearmanr, "kendall": stats.kendalltau}
    cases = []
    for n, strength in [(12, 1), (25, 0.5), (50, -1)]:
        x, y, z = lists(rng, n, strength, 0)
        case = {"x": x, "y": y, "z": z}
        for name, function in functions.items():
            case[name] = bootstrap((x, y), lambda a, b, f=function: f(a, b).statistic, paired=True)
        case["mean"] = bootstrap((x,), np.mean)
        case["partial_spearman"] = bootstrap((x, y, z), partial_spearman, paired=True)
        case["kendall_gain"] = bootstrap((x, y, z), lambda a, b, c: stats.kendalltau(a, b).statistic - stats.kendalltau(c, b).statistic, paired=True)
        cases.append(case)
    return cases


def main():
    folder = sys.argv[1] if len(sys.argv) > 1 else os.path.dirname(os.path.abspath(__file__))
    document = {
        "correlation": correlation_cases(np.random.default_rng(1)),
        "wilcoxon": wilcoxon_cases(np.random.default_rng(2)),
        "holm": holm_cases(np.random.default_rng(3)),
        "interval": interval_cases(np.random.default_rng(4)),
    }
    # One case a line: a change of one is a change of one line.
    text = ",\n".join(json.dumps(name) + ": [\n" + ",\n".join(json.dumps(case, allow_nan=False) for case in cases) + "\n]"
                      for name, cases in document.items())
    with open(os.path.join(folder, "statistics.json"), "w") as f:
        f.write("{\n" + text + "\n}\n")


main()
