//! AdamW against its definition in double precision.

use falcon_kernels::{AdamW, AdamWOptions, OptimizerError, Update};

use crate::support::*;

#[test]
fn agrees_with_the_definition() {
    let options = AdamWOptions {
        beta1: 0.9,
        beta2: 0.95,
        eps: 1e-8,
        clip_norm: Some(1.0),
    };
    let sizes = [37, 5];
    let mut params = [values(1, 37, 1.0), values(2, 5, 1.0)];
    let mut want: Vec<Vec<f64>> = params
        .iter()
        .map(|p| p.iter().map(|&v| f64::from(v)).collect())
        .collect();
    let (mut m, mut v) = (vec![vec![0.0; 37]; 2], vec![vec![0.0; 37]; 2]);
    let decays = [0.1, 0.0];
    let mut optimizer = AdamW::new(options, &sizes);
    for step in 1..=20i32 {
        let grads = [
            values(10 + step as u64, 37, 0.3),
            values(40 + step as u64, 5, 0.3),
        ];
        let norm = grads
            .iter()
            .flatten()
            .map(|&g| f64::from(g).powi(2))
            .sum::<f64>()
            .sqrt();
        let scale = if norm > 1.0 { 1.0 / norm } else { 1.0 };
        for p in 0..2 {
            for i in 0..want[p].len() {
                let g = f64::from(grads[p][i]) * scale;
                m[p][i] = 0.9 * m[p][i] + 0.1 * g;
                v[p][i] = 0.95 * v[p][i] + 0.05 * g * g;
                let (mh, vh) = (
                    m[p][i] / (1.0 - 0.9f64.powi(step)),
                    v[p][i] / (1.0 - 0.95f64.powi(step)),
                );
                want[p][i] *= 1.0 - 0.01 * decays[p];
                want[p][i] -= 0.01 * mh / (vh.sqrt() + 1e-8);
            }
        }
        let [a, b] = &mut params;
        let mut updates = [
            Update {
                value: a,
                grad: &grads[0],
                decay: 0.1,
            },
            Update {
                value: b,
                grad: &grads[1],
                decay: 0.0,
            },
        ];
        let found = optimizer.step(&mut updates, 0.01).expect("a step");
        assert!((f64::from(found) - norm).abs() < 1e-5);
    }
    for (got, want) in params.iter().zip(&want) {
        let want: Vec<f32> = want.iter().map(|&v| v as f32).collect();
        assert_close("parameters", got, &want, 2e-6);
    }
}

#[test]
fn continues_from_saved_moments() {
    let options = AdamWOptions::default();
    let run = |interrupt: bool| {
        let mut value = values(1, 20, 1.0);
        let mut optimizer = AdamW::new(options, &[20]);
        for step in 0..6 {
            if interrupt && step == 3 {
                let (m, v) = optimizer.moments();
                let (m, v, steps) = (m.to_vec(), v.to_vec(), optimizer.steps());
                optimizer = AdamW::restore(options, &[20], m, v, steps).expect("moments");
            }
            let grad = values(step + 7, 20, 1.0);
            let update = Update {
                value: &mut value,
                grad: &grad,
                decay: 0.1,
            };
            optimizer.step(&mut [update], 1e-2).expect("a step");
        }
        value
    };
    assert_eq!(run(true), run(false));
}

#[test]
fn refuses_what_does_not_fit() {
    let mut optimizer = AdamW::new(AdamWOptions::default(), &[3]);
    let (mut value, before) = (vec![1.0; 3], vec![1.0; 3]);
    let mut step = |grad: &[f32]| {
        optimizer.step(
            &mut [Update {
                value: &mut value,
                grad,
                decay: 0.0,
            }],
            0.1,
        )
    };
    assert_eq!(
        step(&[0.0; 2]),
        Err(OptimizerError::Size {
            index: 0,
            expected: 3,
            found: 2
        })
    );
    assert!(matches!(
        step(&[f32::NAN, 0.0, 0.0]),
        Err(OptimizerError::NotFinite(_))
    ));
    assert_eq!(value, before);
    assert_eq!(optimizer.steps(), 0);
    let none: &mut [Update<'_>] = &mut [];
    assert_eq!(
        optimizer.step(none, 0.1),
        Err(OptimizerError::Count {
            expected: 1,
            found: 0
        })
    );
}
