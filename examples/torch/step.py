"""The policy of FALCON's demo in PyTorch: a supervised step, a reinforcement step and sampling, timed.

The same model, batches and threads as `cargo run --release -p falcon-kernels --example step`: pre-RMSNorm, rotary positions,
GELU MLP of four times the width, no biases, tied embedding; random weights. Each figure is a line of JSON. `compare.py`
runs both in turn.
"""

import argparse
import json
import math
import resource
import time

import torch
import torch.nn.functional as F

VOCABULARY, HEADS, EPS, BASE = 284, 4, 1e-6, 1e4


class Policy(torch.nn.Module):
    def __init__(self, width, layers):
        super().__init__()
        self.width, self.layers, self.head = width, layers, width // HEADS
        scale = 1.5 / math.sqrt(width)

        def matrix(rows, columns):
            return torch.nn.Parameter((torch.rand(rows, columns) * 2 - 1) * scale)

        def vector():
            return torch.nn.Parameter(torch.ones(width))

        d = width
        self.embedding = matrix(VOCABULARY, d)
        self.blocks = torch.nn.ModuleList()
        for _ in range(layers):
            block = torch.nn.ParameterDict(
                {
                    "norm1": vector(),
                    "qkv": matrix(d, 3 * d),
                    "out": matrix(d, d),
                    "norm2": vector(),
                    "up": matrix(d, 4 * d),
                    "down": matrix(4 * d, d),
                }
            )
            self.blocks.append(block)
        self.norm = vector()
        frequency = BASE ** (-torch.arange(0, self.head, 2) / self.head)
        angles = torch.outer(torch.arange(256), frequency)
        self.register_buffer("cos", angles.cos())
        self.register_buffer("sin", angles.sin())

    def heads(self, x):
        return x.view(*x.shape[:-1], HEADS, self.head).transpose(-2, -3)

    def rotate(self, x, start):
        """x: [rows, heads, tokens, head width], of positions from `start` on."""
        length = x.shape[-2]
        cos, sin = self.cos[start : start + length], self.sin[start : start + length]
        a, b = x.chunk(2, -1)
        return torch.cat((a * cos - b * sin, a * sin + b * cos), -1)

    def forward(self, tokens, past=None, start=0, mask=None):
        """States `[rows, tokens, width]` before the output projection, and the keys and values of each layer."""
        x = F.embedding(tokens, self.embedding) * math.sqrt(self.width)
        kept = []
        for at, block in enumerate(self.blocks):
            h = F.rms_norm(x, (self.width,), block["norm1"], EPS)
            q, k, v = (self.heads(part) for part in (h @ block["qkv"]).chunk(3, -1))
            q, k = self.rotate(q, start), self.rotate(k, start)
            if past is not None:
                k, v = torch.cat((past[at][0], k), -2), torch.cat((past[at][1], v), -2)
            kept.append((k, v))
            causal = mask is None and tokens.shape[1] > 1
            a = F.scaled_dot_product_attention(q, k, v, attn_mask=mask, is_causal=causal)
            x = x + a.transpose(1, 2).flatten(2) @ block["out"]
            h = F.rms_norm(x, (self.width,), block["norm2"], EPS)
            x = x + F.gelu(h @ block["up"], approximate="tanh") @ block["down"]
        return F.rms_norm(x, (self.width,), self.norm, EPS), kept

    def loss(self, states, targets):
        return F.cross_entropy(states @ self.embedding.T, targets)


def supervised():
    """32 rows of 60 to 90 tokens, padded; the last 30 of each are the answer."""
    lens = [60 + i % 31 for i in range(32)]
    tokens = torch.randint(VOCABULARY, (32, max(lens)))
    rows = torch.tensor([r for r, n in enumerate(lens) for _ in range(30)])
    places = torch.tensor([p for n in lens for p in range(n - 30, n)])
    targets = torch.randint(VOCABULARY, (len(rows),))

    def loss(policy):
        states, _ = policy(tokens)
        return policy.loss(states[rows, places], targets)

    return loss, sum(lens)


def reinforcement():
    """16 prompts of 40 tokens with 8 completions of 30; a prompt is read once, as the fastest known way has it."""
    prompts = torch.randint(VOCABULARY, (16, 40))
    answers = torch.randint(VOCABULARY, (128, 30))
    targets = torch.randint(VOCABULARY, (128 * 30 + 16,))
    mask = torch.ones(30, 70, dtype=torch.bool)
    mask[:, 40:] = torch.tril(torch.ones(30, 30, dtype=torch.bool))

    def loss(policy):
        first, past = policy(prompts)
        past = [(k.repeat_interleave(8, 0), v.repeat_interleave(8, 0)) for k, v in past]
        states, _ = policy(answers, past, 40, mask)
        return policy.loss(torch.cat((first[:, -1], states.flatten(0, 1))), targets)

    return loss, 16 * 40 + 128 * 30


def rows():
    """The same batch as trainers commonly have it: 128 rows, each with its own copy of its prompt."""
    tokens = torch.randint(VOCABULARY, (128, 70))
    targets = torch.randint(VOCABULARY, (128 * 31,))

    def loss(policy):
        states, _ = policy(tokens)
        return policy.loss(states[:, 39:].flatten(0, 1), targets)

    return loss, 16 * 40 + 128 * 30


@torch.inference_mode()
def sample(policy):
    """24 prompts of 40 tokens, 8 samples each of at most 64; finished rows are dropped where they are a fifth."""
    prompts = torch.tensor([[(p * 7 + t * 3) % VOCABULARY for t in range(40)] for p in range(24)])
    states, past = policy(prompts)
    past = [(k.repeat_interleave(8, 0), v.repeat_interleave(8, 0)) for k, v in past]
    states = states[:, -1].repeat_interleave(8, 0)
    written = 0
    done = torch.zeros(len(states), dtype=torch.bool)
    for step in range(64):
        token = torch.multinomial((states @ policy.embedding.T).softmax(-1), 1)
        written += int((~done).sum())
        done |= token[:, 0] == 0
        if done.all() or step == 63:
            return written
        if done.float().mean() > 0.2:
            live = ~done
            token, done = token[live], done[live]
            past = [(k[live], v[live]) for k, v in past]
        states, past = policy(token, past, 40 + step)
        states = states[:, -1]
    return written


def cpu_seconds():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def measure(what, policy, work, times):
    """The least wall time and the mean processor time of one pass, after three that do not count."""
    for _ in range(3):
        tokens = work()
    best, cpu = math.inf, cpu_seconds()
    for _ in range(times):
        began = time.perf_counter()
        tokens = work()
        best = min(best, time.perf_counter() - began)
    cpu = (cpu_seconds() - cpu) / times
    count = sum(p.numel() for p in policy.parameters())
    figure = {"what": what, "width": policy.width, "parameters": count, "seconds": best, "cpu_seconds": cpu, "tokens": tokens}
    print(json.dumps(figure), flush=True)


def learning(policy, loss, tokens, compiled):
    optimiser = torch.optim.AdamW(policy.parameters(), 1e-3, betas=(0.9, 0.95), weight_decay=0.1, fused=True)
    forward = torch.compile(loss) if compiled else loss

    def work():
        optimiser.zero_grad(set_to_none=True)
        forward(policy).backward()
        torch.nn.utils.clip_grad_norm_(policy.parameters(), 1.0)
        optimiser.step()
        return tokens

    return work


def main():
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--threads", type=int, default=0, help="threads; all cores where not given")
    asked.add_argument("--compile", action="store_true", help="also with torch.compile, which needs a C++ compiler")
    asked = asked.parse_args()
    if asked.threads:
        torch.set_num_threads(asked.threads)
    torch.manual_seed(1)
    for width, layers in [(64, 2), (128, 4)]:
        policy = Policy(width, layers)
        for what, batch in [("supervised", supervised), ("reinforcement", reinforcement), ("reinforcement, rows", rows)]:
            loss, tokens = batch()
            measure(what, policy, learning(policy, loss, tokens, False), 20)
            if asked.compile:
                measure(f"{what}, compiled", policy, learning(policy, loss, tokens, True), 20)
        measure("sampling", policy, lambda: sample(policy), 5)


main()
