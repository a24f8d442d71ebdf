"""Answers searches by faiss, so that they are timed in turn with others.

Started with: items file, queries file, dimensions, threads, wished-for recall, whether to make an IVF
index. Says one line of JSON once ready; then for each line `flat N` or `ivf N` searches N queries and
answers with the seconds it took."""

import json
import sys
import time

import faiss
import numpy as np

NEIGHBOURS = 10
TRIALS = 256


def main(items, queries, dimensions, threads, recall, with_ivf):
    faiss.omp_set_num_threads(threads)
    vectors = np.fromfile(items, dtype="<f4").reshape(-1, dimensions)
    asked = np.fromfile(queries, dtype="<f4").reshape(-1, dimensions)
    flat = faiss.IndexFlatIP(dimensions)
    start = time.perf_counter()
    flat.add(vectors)
    ready = {"version": faiss.__version__, "flat_seconds": time.perf_counter() - start}
    indices = {"flat": flat}
    if with_ivf:
        start = time.perf_counter()
        lists = max(1, int(len(vectors) ** 0.5))
        ivf = faiss.IndexIVFFlat(flat_quantizer(dimensions), dimensions, lists, faiss.METRIC_INNER_PRODUCT)
        ivf.train(vectors[:: max(1, len(vectors) // (64 * lists))])
        ivf.add(vectors)
        ready["ivf_seconds"] = time.perf_counter() - start
        ready["lists"] = lists
        ready["probes"], ready["recall"] = probes(ivf, flat, asked[:TRIALS], recall)
        indices["ivf"] = ivf
    print(json.dumps(ready), flush=True)
    at = 0
    for line in sys.stdin:
        kind, count = line.split()
        places = (np.arange(int(count)) + at) % len(asked)
        at += int(count)
        batch = np.ascontiguousarray(asked[places])
        start = time.perf_counter()
        indices[kind].search(batch, NEIGHBOURS)
        print(time.perf_counter() - start, flush=True)


def flat_quantizer(dimensions):
    # The index keeps no reference of its own to its quantizer.
    main.quantizer = faiss.IndexFlatIP(dimensions)
    return main.quantizer


def probes(ivf, flat, asked, recall):
    """The fewest lists to read that reach the recall, and what they reach."""
    truth = flat.search(asked, NEIGHBOURS)[1]
    count = 1
    while True:
        ivf.nprobe = count
        found = ivf.search(asked, NEIGHBOURS)[1]
        shared = sum(len(set(a) & set(b)) for a, b in zip(truth, found)) / truth.size
        if shared >= recall or count >= ivf.nlist:
            return count, shared
        count = min(ivf.nlist, max(count + 1, int(count * 1.15)))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), float(sys.argv[5]), sys.argv[6] == "ivf")
