//! Embedding, norm, GELU, attention and whole blocks.

use std::sync::Arc;

use burn::tensor::{Gradients, Tensor};
use falcon_kernels::{BlockOptions, Layout, LayoutError, Segment, composed};
use falcon_kernels::{attention, block, embed, gelu_tanh, rms_norm};

use crate::support::*;

/// Plain rows, shared prompts, and a chain of ancestors; lengths around the sizes of blocks.
fn layouts() -> Vec<Arc<Layout>> {
    let root = |len| Segment { len, parent: None };
    let child = |len, parent| Segment {
        len,
        parent: Some(parent),
    };
    let shared = [
        root(9),
        child(5, 0),
        root(40),
        child(33, 2),
        child(1, 0),
        child(70, 2),
    ];
    let chain = [
        root(7),
        child(35, 0),
        child(4, 1),
        child(3, 1),
        child(6, 0),
        root(1),
    ];
    vec![
        Layout::plain(&[1]),
        Layout::plain(&[5, 31, 33, 64, 2]),
        Layout::plain(&[130]),
        Layout::new(&shared).expect("layout"),
        Layout::new(&chain).expect("layout"),
    ]
}

/// Reads one input's gradient.
type ReadGrad = Box<dyn Fn(&Gradients) -> Vec<f32>>;

/// Compares outputs and gradients of two functions of several tensors.
fn compare<const D: usize>(
    what: &str,
    inputs: &[(&str, Vec<f32>)],
    fused: impl Fn(&[Vec<f32>]) -> (Tensor<D>, Vec<ReadGrad>),
    composed: impl Fn(&[Vec<f32>]) -> (Tensor<D>, Vec<ReadGrad>),
) {
    let values_in: Vec<Vec<f32>> = inputs.iter().map(|(_, v)| v.clone()).collect();
    let results = [fused(&values_in), composed(&values_in)].map(|(out, grads_of)| {
        let weights = values(99, out.shape().num_elements(), 1.0);
        let weights = Tensor::<1>::from_floats(weights.as_slice(), &device());
        let loss = (out.clone().reshape([-1]) * weights).sum();
        let grads = loss.backward();
        (
            read(&out),
            grads_of.iter().map(|g| g(&grads)).collect::<Vec<_>>(),
        )
    });
    let [(got, got_grads), (want, want_grads)] = &results;
    assert_close(&format!("{what}: output"), got, want, 1e-5);
    for (((name, _), got), want) in inputs.iter().zip(got_grads).zip(want_grads) {
        assert_close(&format!("{what}: gradient of {name}"), got, want, 3e-5);
    }
}

fn grad<const D: usize>(x: &Tensor<D>) -> ReadGrad {
    let x = x.clone();
    Box::new(move |grads| read(&x.grad(grads).expect("a gradient")))
}

#[test]
fn embed_agrees_with_burn() {
    let tokens = ids(1, 77, 20);
    let run = |f: fn(Tensor<2>, &[u32], f32) -> Tensor<2>| {
        let tokens = tokens.clone();
        move |v: &[Vec<f32>]| {
            let table = matrix(&v[0], 20, 24);
            (f(table.clone(), &tokens, 3.0), vec![grad(&table)])
        }
    };
    compare(
        "embed",
        &[("table", values(2, 480, 1.0))],
        run(embed),
        run(composed::embed),
    );
}

#[test]
fn rms_norm_agrees_with_burn() {
    for (rows, d) in [(1, 8), (70, 64), (130, 20)] {
        let run = |f: fn(Tensor<2>, Tensor<1>, f32) -> Tensor<2>| {
            move |v: &[Vec<f32>]| {
                let (x, w) = (matrix(&v[0], rows, d), vector(&v[1]));
                (f(x.clone(), w.clone(), 1e-5), vec![grad(&x), grad(&w)])
            }
        };
        let inputs = [
            ("x", values(3, rows * d, 2.0)),
            ("weight", values(4, d, 1.0)),
        ];
        compare("rms_norm", &inputs, run(rms_norm), run(composed::rms_norm));
    }
}

#[test]
fn gelu_agrees_with_burn() {
    let run = |f: fn(Tensor<2>) -> Tensor<2>| {
        move |v: &[Vec<f32>]| {
            let x = matrix(&v[0], 37, 19);
            (f(x.clone()), vec![grad(&x)])
        }
    };
    compare(
        "gelu",
        &[("x", values(5, 37 * 19, 6.0))],
        run(gelu_tanh),
        run(composed::gelu_tanh),
    );
}

#[test]
fn attention_agrees_with_burn() {
    for (index, layout) in layouts().into_iter().enumerate() {
        for (d, heads) in [(32, 2), (48, 4), (64, 1)] {
            let run = |f: fn(Tensor<2>, &Arc<Layout>, usize, f32) -> Tensor<2>| {
                let layout = layout.clone();
                move |v: &[Vec<f32>]| {
                    let qkv = matrix(&v[0], layout.tokens(), 3 * d);
                    (f(qkv.clone(), &layout, heads, 1e4), vec![grad(&qkv)])
                }
            };
            let what = format!("attention, layout {index}, width {d}, {heads} heads");
            let inputs = [("qkv", values(6, layout.tokens() * 3 * d, 1.0))];
            compare(&what, &inputs, run(attention), run(composed::attention));
        }
    }
}

#[test]
fn block_agrees_with_burn() {
    for (index, layout) in layouts().into_iter().enumerate() {
        for (d, f, heads) in [(64, 256, 4), (24, 40, 2)] {
            let weights = Block::new(7, d, f);
            type Run = fn(
                Tensor<2>,
                falcon_kernels::BlockWeights,
                &Arc<Layout>,
                BlockOptions,
            ) -> Tensor<2>;
            let run = |apply: Run| {
                let (layout, weights) = (layout.clone(), weights.clone());
                move |v: &[Vec<f32>]| {
                    let (x, w) = (matrix(&v[0], layout.tokens(), d), weights.tensors());
                    let options = BlockOptions {
                        heads,
                        rope_base: 1e4,
                        eps: 1e-6,
                    };
                    let grads = vec![
                        grad(&x),
                        grad(&w.norm1),
                        grad(&w.qkv),
                        grad(&w.out),
                        grad(&w.norm2),
                        grad(&w.up),
                        grad(&w.down),
                    ];
                    (apply(x, w, &layout, options), grads)
                }
            };
            let names = ["norm1", "qkv", "out", "norm2", "up", "down"];
            let mut inputs = vec![("x", values(8, layout.tokens() * d, 1.0))];
            inputs.extend(names.map(|name| (name, Vec::new())));
            let what = format!("block, layout {index}, width {d}");
            compare(&what, &inputs, run(block), run(composed::block));
        }
    }
}

/// A shared prompt must give what whole rows give: the same outputs, and for the prompt's rows the
/// sum of the gradients that its copies get.
#[test]
fn shared_prompts_equal_whole_rows() {
    let (d, prompt, answers) = (64, 21, [13, 34, 1]);
    let weights = Block::new(9, d, 256);
    let options = BlockOptions {
        heads: 4,
        rope_base: 1e4,
        eps: 1e-6,
    };
    let total = prompt + answers.iter().sum::<usize>();
    let x = values(10, total * d, 1.0);
    let mut segments = vec![Segment {
        len: prompt,
        parent: None,
    }];
    segments.extend(answers.map(|len| Segment {
        len,
        parent: Some(0),
    }));
    let shared = matrix(&x, total, d);
    let packed = block(
        shared.clone(),
        weights.tensors(),
        &Layout::new(&segments).expect("layout"),
        options,
    );
    let shared_grads = packed
        .clone()
        .narrow(0, prompt, total - prompt)
        .powi_scalar(2)
        .sum()
        .backward();
    let shared_grad = read(&shared.grad(&shared_grads).expect("a gradient"));
    let packed = read(&packed);

    let mut prompt_grad = vec![0.0; prompt * d];
    let mut start = prompt;
    for len in answers {
        let mut row = x[..prompt * d].to_vec();
        row.extend_from_slice(&x[start * d..(start + len) * d]);
        let whole = matrix(&row, prompt + len, d);
        let out = block(
            whole.clone(),
            weights.tensors(),
            &Layout::plain(&[prompt + len]),
            options,
        );
        let grads = out
            .clone()
            .narrow(0, prompt, len)
            .powi_scalar(2)
            .sum()
            .backward();
        let grad = read(&whole.grad(&grads).expect("a gradient"));
        let out = read(&out);
        assert_close("prompt", &packed[..prompt * d], &out[..prompt * d], 1e-5);
        assert_close(
            "answer",
            &packed[start * d..(start + len) * d],
            &out[prompt * d..],
            1e-5,
        );
        let own = &shared_grad[start * d..(start + len) * d];
        assert_close("answer's gradient", own, &grad[prompt * d..], 3e-5);
        for (sum, value) in prompt_grad.iter_mut().zip(&grad) {
            *sum += value;
        }
        start += len;
    }
    assert_close(
        "prompt's gradient",
        &shared_grad[..prompt * d],
        &prompt_grad,
        3e-5,
    );
}

#[test]
fn block_is_the_same_for_any_number_of_threads() {
    let layout = Layout::plain(&[70, 3, 90, 41, 64, 12, 33]);
    let run = || {
        let x = matrix(&values(11, layout.tokens() * 64, 1.0), layout.tokens(), 64);
        let w = Block::new(12, 64, 256).tensors();
        let options = BlockOptions {
            heads: 4,
            rope_base: 1e4,
            eps: 1e-6,
        };
        let out = block(x.clone(), w.clone(), &layout, options);
        let grads = out.clone().powi_scalar(2).sum().backward();
        let of = |t: &Tensor<2>| read(&t.grad(&grads).expect("a gradient"));
        [
            read(&out),
            of(&x),
            of(&w.qkv),
            of(&w.out),
            of(&w.up),
            of(&w.down),
        ]
    };
    let one = with_threads(1, run);
    for threads in [2, 5] {
        assert!(
            with_threads(threads, run) == one,
            "{threads} threads differ from one"
        );
    }
}

#[test]
fn gradients_agree_with_finite_differences() {
    let (d, layout) = (
        8,
        Layout::new(&[
            Segment {
                len: 3,
                parent: None,
            },
            Segment {
                len: 2,
                parent: Some(0),
            },
        ])
        .expect("layout"),
    );
    let weights = Block::new(13, d, 12);
    let options = BlockOptions {
        heads: 2,
        rope_base: 100.0,
        eps: 1e-3,
    };
    let x = values(14, 5 * d, 1.0);
    let mix = values(15, 5 * d, 1.0);
    let loss = |x: &Tensor<2>| {
        let y = block(x.clone(), weights.tensors(), &layout, options);
        (y * matrix(&mix, 5, d).detach()).sum()
    };
    let input = matrix(&x, 5, d);
    let grads = loss(&input).backward();
    let grad = read(&input.grad(&grads).expect("a gradient"));
    // Sums in f32 limit the step: 1e-2 leaves errors of about 1e-3 from either side.
    for index in (0..x.len()).step_by(3) {
        let at = |step: f32| {
            let mut moved = x.clone();
            moved[index] += step;
            f64::from(read(&loss(&matrix(&moved, 5, d)))[0])
        };
        let slope = (at(1e-2) - at(-1e-2)) / 2e-2;
        let found = f64::from(grad[index]);
        assert!(
            (slope - found).abs() < 4e-3 * (1.0 + found.abs()),
            "{index}: {slope} {found}"
        );
    }
}

#[test]
fn a_parent_must_come_earlier() {
    let result = Layout::new(&[Segment {
        len: 1,
        parent: Some(0),
    }]);
    assert_eq!(
        result,
        Err(LayoutError::ParentNotEarlier {
            segment: 0,
            parent: 0
        })
    );
}
