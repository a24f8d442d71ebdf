//! A memory's page.

use falcon_report::{MemoryItem, MemoryMoment, MemoryNeighbour, MemoryPage, memory_page};

fn moment(items: u64, retrievals: u64, answered: u64) -> MemoryMoment {
    MemoryMoment {
        items,
        admitted: items,
        refused: 0,
        retrievals,
        answered,
    }
}

#[test]
fn what_there_is_to_draw_is_drawn_and_names_are_escaped() {
    let page = MemoryPage {
        folder: "runs/<a>".to_owned(),
        items: 40,
        retrievals: 300,
        answered: 240,
        history: vec![moment(10, 0, 0), moment(30, 100, 60), moment(40, 300, 240)],
        utilities: vec![0.25, f64::NAN, -0.5, 0.75],
        shown: vec![MemoryItem {
            task: "pool-1".to_owned(),
            prompt: "drop < 3".to_owned(),
            neighbours: vec![MemoryNeighbour {
                task: "pool-2".to_owned(),
                prompt: "keep > 3".to_owned(),
                relevance: 0.8,
            }],
            ..MemoryItem::default()
        }],
        ..MemoryPage::default()
    };
    let drawn = memory_page(std::slice::from_ref(&page));
    for word in [
        "Growth",
        "Hit rate",
        "Utility",
        "of 300 queries",
        "runs/&lt;a&gt;",
        "keep &gt; 3",
    ] {
        assert!(drawn.contains(word), "{word}: {drawn}");
    }
    assert!(!drawn.contains("<a>") && !drawn.contains("NaN"));
    // One moment is no curve, and of nothing asked there is no rate.
    let young = MemoryPage {
        history: vec![moment(10, 0, 0)],
        utilities: Vec::new(),
        ..page
    };
    let drawn = memory_page(&[young]);
    for word in ["Growth", "Hit rate", "Utility</"] {
        assert!(!drawn.contains(word), "{word}");
    }
}
