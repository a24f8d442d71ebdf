"""FALCON's training step and sampling beside PyTorch's: the same model, batches, cores, in turn.

    cargo build --release -p falcon-kernels --example step
    python3 examples/torch/compare.py target/release/examples/step --threads 2

needs an interpreter that has torch. Each side runs `--rounds` times, one after the other; a figure is the median of its
rounds, and each round is the least time of its repetitions.
"""

import argparse
import json
import statistics
import subprocess
import sys
from pathlib import Path


def figures(command):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(command)} ended with {done.returncode}:\n{done.stderr}")
    return [json.loads(line) for line in done.stdout.splitlines()]


def main():
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("step", help="the built example")
    asked.add_argument("--threads", type=int, default=2)
    asked.add_argument("--rounds", type=int, default=5)
    asked.add_argument("--compile", action="store_true", help="PyTorch also with torch.compile")
    asked = asked.parse_args()
    ours = [asked.step, str(asked.threads), "json"]
    rival = [sys.executable, str(Path(__file__).with_name("step.py")), "--threads", str(asked.threads)]
    rival += ["--compile"] * asked.compile
    found = {}
    for _ in range(asked.rounds):
        for side, command in [("falcon", ours), ("torch", rival)]:
            for figure in figures(command):
                rate = figure["tokens"] / figure["seconds"]
                found.setdefault((figure["width"], figure["what"]), {}).setdefault(side, []).append(rate)
    print("| width | what | FALCON, tokens/s | PyTorch, tokens/s | ratio |\n|---|---|---|---|---|")
    for (width, what), sides in found.items():
        falcon = sides.get("falcon") or found[width, what.split(",")[0]]["falcon"]
        falcon, torch = statistics.median(falcon), statistics.median(sides["torch"])
        print(f"| {width} | {what} | {falcon:,.0f} | {torch:,.0f} | {falcon / torch:.2f} |")


main()
