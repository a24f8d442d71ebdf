"""An experiment's statistics once more, from every task's results alone.

    python3 again.py runs/paper                 # every contrast of the report
    python3 again.py docs/results/paper rl ltm  # some of them, by name

Reads `results.jsonl` and `report.json` of the folder; needs nothing but Python. Means and differences by seed must be the
report's, whose p-value is at least that of the t test. The bootstrap's draws are Python's own, so ends of intervals
differ by the noise of the draws. Ends with exit code 1 where a mean is not the report's.
"""

import json
import math
import random
import statistics
import sys
from pathlib import Path

DRAWS = 1000


def main(folder, names):
    folder = Path(folder)
    report = json.loads((folder / "report.json").read_text())
    sets, rows = read(folder / "results.jsonl")
    wrong = 0
    print(f"{'contrast':24}{'points':>8}{'95 % again':>20}{'95 % of the report':>20}{'t test':>9}  p of the report")
    for answer in report["answers"]:
        contrast = answer["contrast"]
        if names and contrast["name"] not in names:
            continue
        pairs = {seed: differences(contrast, seed, sets, rows) for seed in report["seeds"]}
        pairs = {seed: of for seed, of in pairs.items() if of}
        if not pairs:
            print(f"{contrast['name']:24}{'not measured':>8}")
            wrong += answer["verdict"] != "missing"
            continue
        by_seed = [statistics.fmean(value for _, value in of) for of in pairs.values()]
        mean = statistics.fmean(by_seed)
        low, high = interval(list(pairs.values()), by_seed, contrast["name"])
        same = abs(100 * mean - answer["diff"]) < 1e-6
        same = same and all(abs(100 * a - b) < 1e-6 for a, b in zip(by_seed, answer["by_seed"], strict=True))
        wrong += not same
        again, told = (f"[{a:+.1f}, {b:+.1f}]" for a, b in ((100 * low, 100 * high), answer["ci95"]))
        print(
            f"{contrast['name']:24}{100 * mean:+8.2f}{again:>20}{told:>20}{t_test(by_seed):>9}  "
            f"{answer['p_value']:.4f}{'' if same else '  NOT THE SAME'}"
        )
    return 1 if wrong else 0


def read(path):
    """Test sets by split and digest; rows by arm, seed, split and memory."""
    sets, rows = {}, {}
    for line in path.read_text().splitlines():
        one = json.loads(line)
        if "test-set" in one:
            test = one["test-set"]
            sets[test["split"], test.get("digest")] = test
        else:
            row = one["row"]
            rows[row["arm"], row["seed"], row["split"], row["memory"]] = row
    return sets, rows


def differences(contrast, seed, sets, rows):
    """Cluster and difference of each task that the contrast asks of, under one seed; empty where a side is missing."""
    split = contrast["split"]
    sides = [rows.get((side["arm"], seed, split, side["memory"])) for side in (contrast["with"], contrast["without"])]
    if None in sides:
        return []
    # Tasks of other files may have the same ids.
    if split == "test" and sides[0].get("test_set") != sides[1].get("test_set"):
        return []
    measure = contrast["measure"]

    def shares(row):
        counts = row["passed"]
        if measure is not None:
            # A verdict that no program has is not listed.
            counts = row.get("errors", {}).get(measure, [0] * len(counts))
        return [count / row["samples"] for count in counts]

    # Of a split with sets of several sizes the smaller is the beginning of the larger, and the rest is left out.
    test = sets[split, sides[0].get("test_set")]
    tasks = zip(test["clusters"], test["kinds"], *map(shares, sides))
    skip = contrast.get("skip") or 0
    return [
        (cluster, a - b)
        for at, (cluster, kind, a, b) in enumerate(tasks)
        if at >= skip
        and contrast["depth"] in (None, kind["depth"])
        and contrast["family"] in (None, kind["family"])
    ]


def interval(seeds, means, name):
    """Seeds and clusters drawn with replacement and crossed; at least Student's over the seeds' own means."""
    clusters = sorted({cluster for of in seeds for cluster, _ in of})
    sums = []
    for of in seeds:
        mine = {cluster: [0.0, 0] for cluster in clusters}
        for cluster, value in of:
            mine[cluster][0] += value
            mine[cluster][1] += 1
        sums.append([mine[cluster] for cluster in clusters])
    draw = random.Random(name)
    drawn = []
    for _ in range(DRAWS):
        some = draw.choices(range(len(clusters)), k=len(clusters))
        of_seeds = []
        for seed in draw.choices(sums, k=len(sums)):
            count = sum(seed[at][1] for at in some)
            of_seeds.append(sum(seed[at][0] for at in some) / count if count else 0.0)
        drawn.append(statistics.fmean(of_seeds))
    drawn.sort()
    mean, half = statistics.fmean(means), 0.0
    if len(means) > 1:
        half = student_point(0.05, len(means) - 1) * error(means)
    return min(quantile(drawn, 0.025), mean - half), max(quantile(drawn, 0.975), mean + half)


def t_test(means):
    """Two-sided p-value of the seeds' means against 0, as text; one seed says nothing of others."""
    if len(means) < 2 or error(means) == 0.0:
        return "\u2013"
    return f"{student(statistics.fmean(means) / error(means), len(means) - 1):.4f}"


def error(values):
    return statistics.stdev(values) / math.sqrt(len(values))


def quantile(ordered, q):
    at = q * (len(ordered) - 1)
    low, high = ordered[math.floor(at)], ordered[math.ceil(at)]
    return low + (high - low) * (at - math.floor(at))


def student(t, freedom):
    """The chance of at least |t| under Student's t (Abramowitz and Stegun, 26.7.3 and 26.7.4)."""
    angle = math.atan(abs(t) / math.sqrt(freedom))
    sine, cosine = math.sin(angle), math.cos(angle)
    odd = freedom % 2
    term, power, total = (cosine, 1, 0.0) if odd else (1.0, 0, 0.0)
    while power + 2 <= freedom:
        total += term
        power += 2
        term *= cosine * cosine * (power - 1) / power
    inside = (angle + sine * total) * 2 / math.pi if odd else sine * total
    return max(0.0, 1.0 - inside)


def student_point(alpha, freedom):
    """The |t| that is exceeded with this chance."""
    low, high = 0.0, 1e6
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if student(middle, freedom) > alpha else (low, middle)
    return high


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1], sys.argv[2:]))
